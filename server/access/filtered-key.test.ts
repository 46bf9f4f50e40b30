import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { type Served, sendJson, serve } from '../served.test-helper.ts';
import { bearer, type TestKeys, testKeys } from './keys.test-helper.ts';

const COLOURS = '/v1/galleries/colours';
const GREEN = `${COLOURS}/items/${encodeURIComponent('green/1.png')}`;

let keys: TestKeys<'reds'>;
let served: Served;
let headers: Record<string, string>;
beforeAll(async () => {
  keys = await testKeys({ reds: { scope: 'admin', filter: { field: 'label', equals: 'red' } } });
  headers = bearer(keys.secrets.reds);
  served = await serve({ parts: { access: keys.access } });
});
afterAll(async () => {
  await served.close();
  await keys.remove();
});

async function ask(method: string, path: string, body?: unknown) {
  const response = await sendJson(method, served.url + path, body, headers);
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
}

const base64 = async (r: number, g: number, b: number) =>
  Buffer.from(await colourPng(r, g, b)).toString('base64');

const idsOf = (items: { id: string }[]) => items.map(({ id }) => id).sort();
const REDS = ['red/1.png', 'red/2.png', 'red/3.png', 'red/4.png'];

test('searches find what the filter of the key lets through, whatever they ask for', async () => {
  const query = { image: await base64(10, 250, 10), k: 9, include: ['total'] };
  const plain = await ask('POST', '/v1/search', query);
  expect([idsOf(plain.body.results), plain.body.total, plain.body.gallery.size]).toEqual([REDS, 4, 4]);
  const greens = { ...query, filter: { field: 'label', equals: 'green' } };
  expect((await ask('POST', `${COLOURS}/search`, greens)).body.results).toEqual([]);
  const around = { ...query, filter: { not: { field: 'id', equals: 'red/1.png' } } };
  expect(idsOf((await ask('POST', '/v1/search', around)).body.results)).toEqual(REDS.slice(1));
  expect((await ask('POST', '/v1/search', { id: 'green/1.png' })).status).toBe(404);
  const { answers } = (await ask('POST', '/v1/search/batch', { queries: [query, { id: 'green/1.png' }] }))
    .body;
  expect(idsOf(answers[0].results)).toEqual(REDS);
  expect(answers[1].error.code).toBe('not-found');
});

test('other items are not there: neither by themselves, nor in lists, counts, examples and images', async () => {
  for (const path of [GREEN, `${GREEN}/image`, `${GREEN}/thumbnail`])
    expect((await ask('GET', path)).status, path).toBe(404);
  expect(idsOf((await ask('GET', `${COLOURS}/items`)).body.items)).toEqual(REDS);
  expect((await ask('GET', `${COLOURS}/labels`)).body.labels).toEqual([{ label: 'red', count: 4 }]);
  expect(idsOf((await ask('GET', `${COLOURS}/examples?n=9`)).body.examples)).toEqual(REDS);
  expect((await ask('GET', COLOURS)).body.size).toBe(4);
  expect((await ask('GET', '/v1/galleries')).body.galleries[0].size).toBe(4);
});

test('items are written only where they are let through before and after', async () => {
  const put = async (id: string, label: string) =>
    (await ask('PUT', `${COLOURS}/items/${id}`, { image: await base64(1, 2, 3), label })).status;
  expect(await put('mine', 'green')).toBe(403);
  expect(await put(encodeURIComponent('green/1.png'), 'red')).toBe(403);
  expect(await put('mine', 'red')).toBe(200);
  expect((await ask('PATCH', `${COLOURS}/items/mine`, { label: 'green' })).status).toBe(403);
  expect((await ask('PATCH', `${COLOURS}/items/mine`, { metadata: { seen: true } })).status).toBe(200);
  expect((await ask('PATCH', GREEN, { label: 'red' })).status).toBe(404);
  expect((await ask('DELETE', GREEN)).status).toBe(404);
  const ids = ['green/1.png', 'mine'];
  expect((await ask('PATCH', `${COLOURS}/items`, { ids, label: 'red' })).body).toEqual({ changed: 1 });
  expect((await ask('POST', `${COLOURS}/items/remove`, { ids })).body).toEqual({ removed: 1 });
  expect(served.gallery.item('green/1.png' as ItemId)?.label).toBe('green');
  expect(served.gallery.item('mine' as ItemId)).toBeUndefined();
});

test('the fields of the metadata are those of the items that are there for the key', async () => {
  await served.gallery.patch(['green/1.png' as ItemId], { metadata: { secret: 'hidden' } });
  await served.gallery.patch(['red/1.png' as ItemId, 'red/2.png' as ItemId], { metadata: { price: 4 } });
  await served.gallery.patch(['green/2.png' as ItemId], { metadata: { price: 9 } });
  const fieldsOf = async (query = '') => (await ask('GET', `${COLOURS}/fields${query}`)).body.fields;
  const summary = { items: 2, distinct: 1, range: { min: 4, max: 4 }, values: [{ value: 4, count: 2 }] };
  expect(await fieldsOf()).toEqual([
    expect.objectContaining({ field: 'metadata.colour', items: 4, values: [{ value: 'red', count: 4 }] }),
    { field: 'metadata.price', kind: 'number', ...summary },
  ]);
  const one = encodeURIComponent('{"field":"id","equals":"red/2.png"}');
  expect(await fieldsOf(`?filter=${one}`)).toMatchObject([
    { items: 1 },
    { field: 'metadata.price', items: 1 },
  ]);
});

test('what concerns all items is refused, even to an admin', async () => {
  const refused: [string, string, unknown?][] = [
    ['GET', `${COLOURS}/clusters`],
    ['GET', `${COLOURS}/duplicates`],
    ['GET', `${COLOURS}/map`],
    ['GET', '/metrics'],
    ['GET', '/v1/jobs'],
    ['POST', `${COLOURS}/jobs`, { kind: 're-embed', model: 'tiny' }],
    ['POST', '/v1/galleries', { name: 'new', model: 'tiny' }],
    ['DELETE', COLOURS],
  ];
  for (const [method, path, body] of refused)
    expect((await ask(method, path, body)).status, `${method} ${path}`).toBe(403);
});
