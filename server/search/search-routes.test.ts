import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { createApp } from '../app.ts';
import { COLOURS, postImage, postJson, type Served, serve, servedParts } from '../served.test-helper.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ parts: { limits: { maxImageBytes: 20_000 } } });
});
afterAll(() => served.close());

const ids = async (response: Response) =>
  ((await response.json()) as { results: { id: string }[] }).results.map(({ id }) => id);

test('an image finds its nearest neighbours, most similar first, with what is known of them', async () => {
  const response = await postImage(served.url, await colourPng(10, 250, 10), { k: '3' });
  expect(response.status).toBe(200);
  const { results, model, gallery, timings } = (await response.json()) as Record<string, never>;
  expect(results).toMatchObject([
    { id: 'green/1.png', label: 'green', metadata: { colour: 'green' } },
    { label: 'green' },
    { label: 'green' },
  ]);
  expect(results[0]).toHaveProperty('similarity', expect.closeTo(1, 5));
  expect(model).toEqual({ id: served.model.id, name: 'tiny', dim: 4 });
  expect(gallery).toEqual({
    name: 'colours',
    size: Object.keys(COLOURS).length,
    version: expect.any(Number),
  });
  expect(Object.keys(timings)).toEqual(['decodeMs', 'queueMs', 'embedMs', 'searchMs', 'totalMs']);
});

test('the image of every result can be fetched at its URL', async () => {
  const response = await postImage(served.url, await colourPng(10, 60, 250), { k: '9' });
  const { results } = (await response.json()) as { results: { imageUrl: string }[] };
  for (const { imageUrl } of results) {
    const image = await fetch(served.url + imageUrl);
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png']);
  }
});

test('an item finds its neighbours without itself', async () => {
  const found = await ids(await postJson(served.url, { id: 'red/1.png', k: 3 }));
  expect(new Set(found)).toEqual(new Set(['red/2.png', 'red/3.png', 'red/4.png']));
});

test('k may stand in the form or the body, and is 24 where it does not', async () => {
  const png = await colourPng(1, 2, 3);
  expect(await ids(await postImage(served.url, png))).toHaveLength(9);
  expect(await ids(await postImage(served.url, png, { k: '2' }))).toHaveLength(2);
  expect(await ids(await postJson(served.url, { id: 'red/1.png', k: 4 }))).toHaveLength(4);
});

test('32 searches at once are each answered with their own neighbours', async () => {
  const queries = Array.from({ length: 32 }, (_, i) => Object.entries(COLOURS)[i % 9] as [string, never]);
  const answers = await Promise.all(
    queries.map(async ([, rgb]) =>
      ids(await postImage(served.url, await colourPng(...(rgb as [0, 0, 0])), { k: '1' })),
    ),
  );
  expect(answers).toEqual(queries.map(([id]) => [id]));
});

test.each([
  [{ id: 'red/1.png', k: 0 }, '`k`: expected a whole number from 1 to 1000, got 0.'],
  [{ id: 'red/1.png', k: 1001 }, '`k`: expected a whole number from 1 to 1000, got 1001.'],
  [{ id: 'red/1.png', k: '2.5' }, '`k`: expected a whole number from 1 to 1000, got "2.5".'],
  [{ id: 'red/1.png', k: true }, '`k`: expected a whole number from 1 to 1000, got true.'],
  [{ id: 7 }, '`id`: expected a string, got 7.'],
  [{ id: 'red/1.png', K: 2 }, 'Unknown field K.'],
  [{ k: 2 }, 'Expected one of `image`, `id` and `vector`, got none of them.'],
  [{ id: 'a', vector: [1], model: 'tiny' }, 'Expected one of `image`, `id` and `vector`, got id and vector.'],
  [{ vector: [1, 0, 0, 0] }, 'Expected `model`, which made the `vector`.'],
  [{ vector: [0, 0, 0, 0], model: 'tiny' }, 'Expected a `vector` that is not zero.'],
  [{ vector: [1, 0], model: 'tiny' }, 'Expected a query embedding of length 4, got 2.'],
  [{ id: 'red/1.png', crop: { x: 0, y: 0, width: 1, height: 1 } }, 'Expected `crop` with an `image` alone.'],
  [{ id: 'red/1.png', minSimilarity: 2 }, '`minSimilarity`: expected a number of at most 1, got 2.'],
  [{ id: 'red/1.png', offset: -1 }, '`offset`: expected a whole number from 0 to 10000, got -1.'],
  [
    { id: 'red/1.png', filter: { field: 'colour', equals: 1 } },
    '`filter.field`: expected "id", "label" or "metadata."',
  ],
  [{ id: 'red/1.png', filter: 'label = red' }, '`filter`: expected a condition with one of equals, in,'],
  [
    { id: 'red/1.png', include: ['vectors'] },
    '`include[0]`: expected "metadata" or "thumbnail" or "cluster" or "total"',
  ],
  [
    { image: 'http://127.0.0.1/a.png' },
    '`image`: expected the image itself as base64; addresses are not fetched.',
  ],
  [{ image: '???' }, '`image`: expected an image as base64 or as a data URL, got "???".'],
  [{ id: 'red/1.png', gallery: 'shapes' }, 'There is no gallery "shapes".', 404],
  [[], 'Expected an object, got [].'],
  ['{"id": ', 'The request cannot be read'],
  ['', 'Expected one of `image`, `id` and `vector`, got none of them.'],
])('a body like %j is refused with a sentence', async (body, sentence, status = 400) => {
  const response = await postJson(served.url, body);
  expect(response.status).toBe(status);
  const { error } = (await response.json()) as { error: Record<string, string> };
  expect(error).toEqual({
    code: status === 400 ? 'bad-input' : 'not-found',
    message: expect.stringContaining(sentence),
    requestId: expect.any(String),
  });
});

test('a form without an image, with a second image or with another field is refused', async () => {
  const send = async (fill: (form: FormData) => void) => {
    const body = new FormData();
    fill(body);
    const response = await fetch(`${served.url}/v1/search`, { method: 'POST', body });
    return [response.status, ((await response.json()) as { error: { message: string } }).error.message];
  };
  const file = new Blob([new Uint8Array(await colourPng(1, 2, 3))]);
  expect(await send((form) => form.set('k', '3'))).toEqual([
    400,
    expect.stringContaining('got none of them'),
  ]);
  expect(await send((form) => form.set('picture', file))).toEqual([
    400,
    expect.stringContaining('"picture"'),
  ]);
  expect(
    await send((form) => {
      form.append('image', file);
      form.append('image', file);
    }),
  ).toEqual([400, expect.any(String)]);
  expect(
    await send((form) => {
      form.set('image', file);
      form.set('limit', '3');
    }),
  ).toEqual([400, expect.stringContaining('limit')]);
});

test('a client that leaves in the middle of its upload hurts nobody', async () => {
  const { port } = new URL(served.url);
  const headers = { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': '5000' };
  await new Promise<void>((resolve) => {
    const leaving = request({ port, path: '/v1/search', method: 'POST', headers });
    leaving.on('error', () => {}).on('close', resolve);
    leaving.write('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc');
    setTimeout(30).then(() => leaving.destroy());
  });
  expect((await postJson(served.url, { id: 'red/1.png' })).status).toBe(200);
});

test('the searches of clients that left are dropped while they wait, and the others answered', async () => {
  const slow = await serve({ graph: 'slow', embedder: { maxBatch: 1 } });
  const outcomes: Promise<PromiseSettledResult<unknown>[]>[] = [];
  const watched: Model = {
    card: slow.model.card,
    id: slow.model.id,
    plan: slow.model.plan,
    atOnce: slow.model.atOnce,
    load: () => slow.model.load(),
    observe: (listener) => slow.model.observe(listener),
    close: () => slow.model.close(),
    embedImage: (image, signal) => {
      const embedded = slow.model.embedImage(image, signal);
      outcomes.push(Promise.allSettled([embedded]));
      return embedded;
    },
  };
  const parts = servedParts(slow.folder, { model: watched, gallery: slow.gallery });
  const server = createServer(createApp(parts)).listen(0);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const png = await colourPng(10, 250, 10);
  const leave = new AbortController();
  const leaving = Array.from({ length: 20 }, () => postImage(url, png, {}, leave.signal).catch(() => 'left'));
  const staying = postImage(url, png, { k: '1' });
  while (outcomes.length < 21) await setTimeout(5);
  leave.abort();
  expect(new Set(await Promise.all(leaving))).toContain('left');
  expect(await ids(await staying)).toEqual(['green/1.png']);
  const settled = (await Promise.all(outcomes)).flat();
  const dropped = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code);
  expect(new Set(dropped)).toEqual(new Set(['interrupted']));
  server.close();
  await slow.close();
});
