import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Router } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestKeys, testKeys } from '../access/keys.test-helper.ts';
import { createApp } from '../app.ts';
import { askEveryRoute } from '../every-route.test-helper.ts';
import { expressPath } from '../http/route.ts';
import { type Served, serve } from '../served.test-helper.ts';
import type { OpenApiDocument } from './openapi.ts';

type Content = Record<string, { schema: Record<string, unknown> }>;
type Operation = { operationId: string; responses: Record<string, { content?: Content }> };

let keys: TestKeys<'test'>;
let served: Served;
let document: OpenApiDocument;
beforeAll(async () => {
  keys = await testKeys({ test: { scope: 'read' } });
  served = await serve({ parts: { access: { ...keys.access, anonymous: 'admin' } } });
  document = (await (await fetch(`${served.url}/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(async () => {
  await served.close();
  await keys.remove();
});

test('the document is one of OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect([valid, validator.version]).toEqual([true, '3.1']);
});

test('the document describes the routes that the app has, each of them and no other', () => {
  const declared = operations().map(({ method, path }) => `${method} ${expressPath(path)}`);
  expect(declared.length).toBeGreaterThan(5);
  expect(routesOf(createApp(served.parts).router as unknown as Router).sort()).toEqual(declared.sort());
});

test('what every route really answers is what the document says', async () => {
  const answers = await askEveryRoute({ ...served, key: keys.secrets.test });
  expect(Object.keys(answers).sort()).toEqual(
    operations()
      .map(({ operation }) => operation.operationId)
      .sort(),
  );
  for (const { operation } of operations()) {
    await expectPromised(operation, answers[operation.operationId] as Response);
  }
});

test('an error is what the document says, whatever the route', async () => {
  const isError = validatorOf({ $ref: '#/components/schemas/Error' });
  for (const path of ['/v1/galleries/nothing', '/v1/galleries/colours/items/nothing', '/nowhere']) {
    const answer = await (await fetch(served.url + path)).json();
    expect([path, isError(answer), isError.errors]).toEqual([path, true, null]);
  }
});

function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      path,
      operation: operation as Operation,
    })),
  );
}

async function expectPromised({ operationId, responses }: Operation, response: Response): Promise<void> {
  const text = await response.text();
  const promised = responses[response.status];
  expect(promised, `${operationId} answered ${response.status}: ${text.slice(0, 300)}`).toBeDefined();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const [[promisedType, content] = []] = Object.entries(promised?.content ?? {});
  if (promisedType === undefined) return expect([operationId, text]).toEqual([operationId, '']);
  expect(promisedType.endsWith('/*') ? type.replace(/\/.*/, '/*') : type, operationId).toBe(promisedType);
  if (promisedType !== 'application/json') return;
  const isPromised = validatorOf(content?.schema as Record<string, unknown>);
  expect([operationId, isPromised(JSON.parse(text)), isPromised.errors]).toEqual([operationId, true, null]);
}

/** Objects must have no more than they promise, unless they promise that they may. */
function validatorOf(schema: Record<string, unknown>) {
  return new Ajv2020({ strict: false }).compile({ ...schema, components: document.components });
}

/** Of the routers of an Express app, as `get /v1/models`. */
function routesOf(router: Router): string[] {
  return router.stack.flatMap(({ route, handle }) => {
    if (route) return [...new Set(route.stack.map(({ method }) => `${method} ${route.path}`))];
    return 'stack' in handle ? routesOf(handle as unknown as Router) : [];
  });
}
