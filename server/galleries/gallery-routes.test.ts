import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item, ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { bearer, testKeys } from '../access/keys.test-helper.ts';
import { listen } from '../listen.ts';
import { Models } from '../models/models.ts';
import {
  embedBySlow,
  postImage,
  postJson,
  type Served,
  SILENT,
  sendJson,
  serve,
} from '../served.test-helper.ts';
import { keepAbout } from './about.ts';
import { Galleries } from './galleries.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await sendJson(method, served.url + path, body, headers);
  const text = await response.text();
  return { status: response.status, ...JSON.parse(text || '{}') };
};

test('a gallery is made for a model, filled, searched and removed while the server runs', async () => {
  const made = await ask('POST', '/v1/galleries', { name: 'shapes', model: 'tiny' });
  expect(made).toMatchObject({ status: 201, name: 'shapes', size: 0, model: { name: 'tiny' } });
  expect((await ask('GET', '/v1/galleries')).galleries.map(({ name }: { name: string }) => name)).toEqual([
    'colours',
    'shapes',
  ]);
  const image = Buffer.from(await colourPng(1, 2, 3)).toString('base64');
  await ask('PUT', '/v1/galleries/shapes/items/one', { image });
  expect(await ask('POST', '/v1/search', { gallery: 'shapes', image })).toMatchObject({
    results: [{ id: 'one' }],
  });
  expect(await ask('POST', '/v1/search', { image })).toMatchObject({
    status: 400,
    error: { message: 'Expected `gallery`, the name of a gallery. There are: colours, shapes.' },
  });
  expect((await ask('DELETE', '/v1/galleries/shapes')).status).toBe(204);
  expect(existsSync(`${served.folder}/shapes`)).toBe(false);
  expect((await ask('GET', '/v1/galleries/shapes')).status).toBe(404);
  expect((await ask('POST', '/v1/search', { image })).status).toBe(200);
});

test('a gallery that one server removes is gone for another that has it open, and made anew is that one', async () => {
  const models = new Models({ shelf: `${served.folder}/models`, embedder: { workers: 1 } });
  const galleries = new Galleries({ folder: served.folder, models });
  const other = await listen({ models, galleries, log: SILENT }, { port: 0 });
  const askOther = async (method: string, path: string, body?: unknown) => {
    const response = await sendJson(method, other.url + path, body, {});
    return { status: response.status, ...JSON.parse((await response.text()) || '{}') };
  };
  const image = Buffer.from(await colourPng(1, 2, 3)).toString('base64');
  try {
    await ask('POST', '/v1/galleries', { name: 'short', model: 'tiny' });
    expect((await askOther('PUT', '/v1/galleries/short/items/one', { image })).status).toBe(200);
    const { gallery: held } = await galleries.get('short');
    const [item] = [...held.items()] as [Item];
    const vector = held.vector(item.id) as Float32Array;
    expect((await ask('DELETE', '/v1/galleries/short')).status).toBe(204);
    expect(held.isRemoved()).toBe(true);
    const late = { ...item, id: 'late' as ItemId, vector };
    await expect(held.put([late])).rejects.toMatchObject({ code: 'not-found' });
    expect((await askOther('PUT', '/v1/galleries/short/items/two', { image })).status).toBe(404);
    expect((await askOther('POST', '/v1/search', { gallery: 'short', image })).status).toBe(404);
    expect((await galleries.opened()).map(({ gallery }) => gallery.name)).not.toContain('short');
    expect(existsSync(`${served.folder}/short`)).toBe(false);
    await ask('POST', '/v1/galleries', { name: 'short', model: 'tiny' });
    expect(await askOther('GET', '/v1/galleries/short')).toMatchObject({ status: 200, size: 0 });
    expect((await askOther('PUT', '/v1/galleries/short/items/three', { image })).status).toBe(200);
    expect(await ask('GET', '/v1/galleries/short')).toMatchObject({ size: 1 });
  } finally {
    await ask('DELETE', '/v1/galleries/short');
    await other.close();
  }
});

test.each([
  [{ name: 'colours', model: 'tiny' }, 409, 'There is a gallery "colours" already.'],
  [{ name: '../escape', model: 'tiny' }, 400, 'lower-case letters'],
  [{ name: 'other', model: 'unknown' }, 404, 'There is no model "unknown". There are: tiny.'],
  [{ name: 'other' }, 400, '`model`: expected a string, got nothing.'],
])('a gallery like %j is refused', async (body, status, sentence) => {
  const refused = await ask('POST', '/v1/galleries', body);
  expect(refused).toMatchObject({ status, error: { message: expect.stringContaining(sentence) } });
});

test('a gallery that another process makes is served, and one that is damaged does not hide the others', async () => {
  await ask('POST', '/v1/galleries', { name: 'later', model: 'tiny' });
  await mkdir(`${served.folder}/broken`);
  await writeFile(`${served.folder}/broken/gallery.db`, 'no database');
  await setTimeout(1100);
  const { galleries, unavailable } = await ask('GET', '/v1/galleries');
  expect(galleries.map(({ name }: { name: string }) => name)).toEqual(['colours', 'later']);
  expect(unavailable).toEqual(['broken']);
  await rm(`${served.folder}/broken`, { recursive: true });
  await ask('DELETE', '/v1/galleries/later');
});

test('a gallery switches to a model that has embedded all of it, and back; the wrong one is 409 throughout', async () => {
  const early = await ask('PUT', '/v1/galleries/colours/model', { model: 'tiny' });
  expect(early.models).toEqual([{ id: served.model.id, name: 'tiny', dim: 4, embedded: 9, active: true }]);
  const slow = await embedBySlow(served);
  const before = await ask('GET', '/v1/galleries/colours');
  expect(before.models.map(({ name, active }: { name: string; active: boolean }) => [name, active])).toEqual([
    ['tiny', true],
    ['slow', false],
  ]);
  expect(await ask('DELETE', '/v1/galleries/colours/models/tiny')).toMatchObject({ status: 409 });
  for (const [model, other] of [
    ['slow', 'tiny'],
    ['tiny', 'slow'],
  ] as const) {
    expect(await ask('PUT', '/v1/galleries/colours/model', { model })).toMatchObject({
      status: 200,
      model: { name: model },
    });
    const image = await colourPng(10, 250, 10);
    const answer = (await (await postImage(served.url, image, { k: '1' })).json()) as { model: object };
    expect(answer).toMatchObject({ model: { name: model }, results: [{ id: 'green/1.png' }] });
    expect((await postImage(served.url, image, { model: other })).status).toBe(409);
    expect((await postJson(served.url, { id: 'red/1.png', model })).status).toBe(200);
  }
  expect((await ask('DELETE', `/v1/galleries/colours/models/${slow.id}`)).status).toBe(204);
  expect(await ask('PUT', '/v1/galleries/colours/model', { model: 'slow' })).toMatchObject({
    status: 409,
    error: { message: expect.stringContaining('re-embed') },
  });
});

test('searches that run while a gallery switches to and fro are all answered, each by one of the models', async () => {
  await embedBySlow(served);
  const image = await colourPng(10, 60, 250);
  const answers: { results: { id: string }[]; model: { name: string } }[] = [];
  let isOver = false;
  const search = async () => {
    while (!isOver) answers.push((await (await postImage(served.url, image, { k: '1' })).json()) as never);
  };
  const searching = Array.from({ length: 4 }, search);
  for (const model of ['slow', 'tiny', 'slow', 'tiny']) {
    expect((await ask('PUT', '/v1/galleries/colours/model', { model })).status).toBe(200);
    const before = answers.length;
    while (answers.length < before + 8) await setTimeout(5);
  }
  isOver = true;
  await Promise.all(searching);
  expect(new Set(answers.map(({ model }) => model?.name))).toEqual(new Set(['tiny', 'slow']));
  expect(new Set(answers.map(({ results }) => results[0]?.id))).toEqual(
    new Set(['blau & grün/a#b?c%20d.png']),
  );
});

test('what is said about a gallery is kept with it', async () => {
  const plain = { title: 'colours', notes: null, credits: [] };
  expect(await ask('GET', '/v1/galleries/colours')).toMatchObject(plain);
  const credit = {
    name: 'Paint',
    author: 'A. Painter',
    licence: 'CC0-1.0',
    url: 'https://example.org/paint',
  };
  const said = { title: 'Colours', notes: 'Nine plain colours.', credits: [credit] };
  keepAbout(served.gallery, said);
  expect(await ask('GET', '/v1/galleries/colours')).toMatchObject(said);
  expect(await ask('GET', '/v1/galleries')).toMatchObject({ galleries: [said] });
});

test('a key for one gallery sees and searches that one alone', async () => {
  const { access, secrets, remove } = await testKeys({ one: { scope: 'admin', gallery: 'colours' } });
  const guarded = await serve({ parts: { access } });
  const ask = async (method: string, path: string, body?: unknown) =>
    (await sendJson(method, guarded.url + path, body, bearer(secrets.one))).status;
  expect(await ask('GET', '/v1/galleries/colours')).toBe(200);
  expect(await ask('POST', '/v1/search', { id: 'red/1.png' })).toBe(200);
  expect(await ask('POST', '/v1/search', { id: 'red/1.png', gallery: 'shapes' })).toBe(403);
  expect(await ask('POST', '/v1/search/batch', { queries: [{ id: 'red/1.png', gallery: 'shapes' }] })).toBe(
    403,
  );
  expect(await ask('GET', '/v1/galleries/shapes')).toBe(403);
  expect(await ask('POST', '/v1/galleries', { name: 'shapes', model: 'tiny' })).toBe(403);
  await guarded.close();
  await remove();
});
