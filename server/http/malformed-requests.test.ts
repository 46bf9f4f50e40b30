import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import type { OpenApiDocument } from '../document/openapi.ts';
import { type Served, serve } from '../served.test-helper.ts';

type Schema = { $ref?: string; properties?: Record<string, unknown> };
type Operation = {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query' }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

/** What a field may be given that breaks what is expected of it, or of the next stage. */
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  2 ** 53,
  '',
  'red/1.png',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  "'; DROP TABLE items; --",
  '{"and":',
  'data:image/png;base64,AAAA',
  [],
  [[[]]],
  [null],
  ['red/1.png', 'red/1.png'],
  {},
  { field: 'metadata.a"b.c', range: { gt: 'x' } },
  { not: { not: { not: { field: 'id', in: ['\u0000'] } } } },
  { x: 0, y: 0, width: 1, height: 1 },
  { __proto__: 1, constructor: 'x' },
];
const ROUNDS = 12;

let served: Served;
let document: OpenApiDocument;
beforeAll(async () => {
  served = await serve();
  document = (await (await fetch(`${served.url}/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(() => served.close());

test('no request that is malformed anywhere is answered as a fault of the server', async () => {
  const random = seededRandom(1, 'malformed');
  const faults: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods) as [string, Operation][]) {
      for (let round = 0; round < ROUNDS; round++) {
        const url = served.url + addressOf(path, operation, random);
        const body = bodyOf(operation, random);
        const response = await fetch(url, {
          method: method.toUpperCase(),
          ...(body && { body, headers: jsonHeaders }),
        });
        const text = await response.text();
        if (response.status >= 500) faults.push(`${method} ${url} ${body}: ${response.status} ${text}`);
      }
    }
  }
  expect(faults).toEqual([]);
  expect(served.gallery.size()).toBeGreaterThan(0);
}, 120_000);

const jsonHeaders = { 'Content-Type': 'application/json' };

/** The gallery that is there, but for an operation that would end it. */
function addressOf(path: string, { operationId, parameters = [] }: Operation, random: Random): string {
  const gallery = operationId === 'removeGallery' ? 'nothing' : 'colours';
  const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
    name === 'gallery' ? gallery : encodeURIComponent(textOf(pick(random))),
  );
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && random.uniform() < 0.7)
    .map(({ name }) => `${name}=${encodeURIComponent(textOf(pick(random)))}`);
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

function bodyOf({ requestBody }: Operation, random: Random): string | undefined {
  const schema = requestBody?.content['application/json']?.schema;
  if (!schema) return undefined;
  if (random.uniform() < 0.1) return JSON.stringify(pick(random));
  const fields = Object.keys(resolved(schema).properties ?? {}).filter(() => random.uniform() < 0.6);
  return JSON.stringify(Object.fromEntries(fields.map((name) => [name, pick(random)])));
}

function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  if (name === undefined) return schema;
  return (document.components as { schemas: Record<string, Schema> }).schemas[name] as Schema;
}

function pick(random: Random): unknown {
  return VALUES[random.integer(VALUES.length)];
}

/** Half a character cannot be written into an address. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/\p{Surrogate}/gu, '') || 'x';
}
