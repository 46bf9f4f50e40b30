/** Makes the OpenAPI 3.1 document of a list of routes. Knows no route: what it says stands in their declarations. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorAnswer, errorTable } from '../http/error-table.ts';
import type { BodyRule } from '../http/request-body.ts';
import type { Answer, Route } from '../http/route.ts';
import { inPackage } from '../package-folder.ts';

type Json = Record<string, unknown>;
type Components = Record<string, Json>;

export type OpenApiDocument = { openapi: string; info: Json; paths: Record<string, Json>; components: Json };

const COMPONENTS = '#/components/schemas/';
const BINARY = { type: 'string', format: 'binary' };

/** Throws where two routes are one operation, or two different schemas have one name. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const schemas: Components = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    paths[route.path] = path;
    if (path[route.method])
      throw new Error(`${route.method} ${route.path} is declared twice. This is a bug.`);
    path[route.method] = operationOf(route, schemas);
  }
  const error = reference(errorAnswer, 'output', 'Error', schemas);
  const content = { 'application/json': { schema: error } };
  const responses = { Error: { description: errorTable(), content } };
  const { version, description } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
  return {
    openapi: '3.1.0',
    info: { title: 'Sinter', version, description },
    paths,
    components: { schemas, responses, securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  };
}

function operationOf(route: Route, schemas: Components): Json {
  const { operation, tag, scope, summary, description, params, query, body, answer } = route;
  const name = operation.slice(0, 1).toUpperCase() + operation.slice(1);
  const needs =
    scope === 'open' ? undefined : `Needs a key with the scope \`${scope}\` where keys are in use.`;
  const parameters = [...parametersOf(params, 'path', schemas), ...parametersOf(query, 'query', schemas)];
  return {
    operationId: operation,
    tags: [tag],
    summary,
    description: [description, needs].filter(Boolean).join(' '),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestOf(body, `${name}Request`, schemas) }),
    responses: {
      [answer.status]: responseOf(answer, `${name}Answer`, schemas),
      default: { $ref: '#/components/responses/Error' },
    },
    security: scope === 'open' ? [] : [{}, { key: [] }],
  };
}

/** A value that is no text, number or truth stands in the address as JSON. */
function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', schemas: Components): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = convert(schema, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...value }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    ...(isSimple(value) ? { schema: value } : { content: { 'application/json': { schema: value } } }),
  }));
}

function isSimple({ type }: Json): boolean {
  return ['string', 'integer', 'number', 'boolean'].includes(String(type));
}

function requestOf({ schema, maxJsonBytes, form }: BodyRule, name: string, schemas: Components): Json {
  const request = reference(schema, 'input', name, schemas);
  const content = {
    ...(maxJsonBytes !== 0 && { 'application/json': { schema: request } }),
    ...(form && { 'multipart/form-data': { schema: formOf(request, form, schemas) } }),
  };
  return { required: true, content };
}

/** The same fields, but files as they are. */
function formOf(request: Json, { file, maxFiles = 1 }: NonNullable<BodyRule['form']>, schemas: Components) {
  const whole = schemas[String(request.$ref).slice(COMPONENTS.length)] as {
    properties: Record<string, Json>;
  };
  const described = { description: whole.properties[file]?.description };
  const files = maxFiles === 1 ? BINARY : { type: 'array', items: BINARY, maxItems: maxFiles };
  return { ...whole, properties: { ...whole.properties, [file]: { ...files, ...described } } };
}

function responseOf({ description, contentType, schema }: Answer, name: string, schemas: Components): Json {
  if (contentType === undefined) return { description };
  const value = schema ? reference(schema, 'output', name, schemas) : BINARY;
  return { description, content: { [contentType]: { schema: value } } };
}

/** A reference to the schema as a component: under the id of its own metadata, or else under `name`. */
function reference(schema: z.ZodType, io: 'input' | 'output', name: string, schemas: Components): Json {
  const whole = convert(schema, io, schemas);
  if ('$ref' in whole) return whole;
  add(name, whole, schemas);
  return { $ref: COMPONENTS + name };
}

/** JSON Schema; parts with an id become components. */
function convert(schema: z.ZodType, io: 'input' | 'output', schemas: Components): Json {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: () => ({ type: 'string', contentEncoding: 'base64' }),
  });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', `"${COMPONENTS}`);
  const { $schema, $defs = {}, ...whole } = JSON.parse(text) as Json & { $defs?: Components };
  for (const [id, part] of Object.entries($defs)) add(id, part, schemas);
  return whole;
}

function add(id: string, schema: Json, schemas: Components): void {
  const known = schemas[id];
  if (id.startsWith('__') || (known && JSON.stringify(known) !== JSON.stringify(schema))) {
    throw new Error(
      `Expected schemas that refer to each other to have an id of their own; got ${id}. This is a bug.`,
    );
  }
  schemas[id] = schema;
}
