import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { storeThresholds } from '../../retrieval/gallery/thresholds.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { COLOURS, postImage, type Served, sendJson, serve } from '../served.test-helper.ts';
import type { SearchAnswer } from './answer-search.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const search = async (body: Record<string, unknown>, path = '/v1/galleries/colours/search') => {
  const response = await sendJson('POST', served.url + path, body);
  const answer = await response.json();
  expect([response.status, answer]).toEqual([200, expect.anything()]);
  return answer as SearchAnswer;
};
const found = async (body: Record<string, unknown>) => (await search(body)).results.map(({ id }) => id);
const base64 = async (r: number, g: number, b: number) =>
  Buffer.from(await colourPng(r, g, b)).toString('base64');

test('an image may come as base64, alone or as a data URL, and finds what the file finds', async () => {
  const image = await base64(10, 250, 10);
  const wanted = ((await (await postImage(served.url, Buffer.from(image, 'base64'))).json()) as SearchAnswer)
    .results;
  expect((await search({ image })).results).toEqual(wanted);
  expect((await search({ image: `data:image/png;base64,${image}` })).results).toEqual(wanted);
});

test('an embedding finds what the image finds that it is of, whatever its length', async () => {
  const vector = [...(served.gallery.vector('red/1.png' as ItemId) as Float32Array)].map(
    (value) => value * 7,
  );
  const [first] = (await search({ vector, model: served.model.id, k: 3 })).results;
  expect(first).toMatchObject({ id: 'red/1.png', similarity: expect.closeTo(1, 5) });
  expect(await found({ vector, model: 'tiny', k: 9 })).toHaveLength(9);
});

test('a filter, a least similarity and exclusions leave out what they should', async () => {
  const id = 'red/1.png';
  const filter = { field: 'label', equals: 'green' };
  expect((await found({ id, filter })).sort()).toEqual(['1', '2', '3', '4'].map((n) => `green/${n}.png`));
  const not = { not: { field: 'metadata.colour', in: ['green', 'red'] } };
  expect(await found({ id, filter: not })).toEqual(['blau & grün/a#b?c%20d.png']);
  expect(await found({ id, filter: { field: 'label', equals: 'none' } })).toEqual([]);
  const { results } = await search({ id, minSimilarity: 0.9 });
  expect(results.length).toBeGreaterThan(0);
  expect(results.every(({ similarity }) => similarity >= 0.9)).toBe(true);
  expect((await found({ id, exclude: ['red/2.png', 'red/3.png'], k: 1 }))[0]).toBe('red/4.png');
});

test('pages follow one another without a gap, and the last has no next', async () => {
  const all = await found({ id: 'red/1.png' });
  const pages: string[] = [];
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page: SearchAnswer = await search({ id: 'red/1.png', k: 3, offset });
    pages.push(...page.results.map(({ id }) => id));
    offset = page.next;
  }
  expect(pages).toEqual(all);
  expect(all).toHaveLength(Object.keys(COLOURS).length - 1);
});

test('results tell what they are asked for and no more', async () => {
  const [plain] = (await search({ id: 'red/1.png', include: [] })).results;
  expect(Object.keys(plain as object)).toEqual(['id', 'similarity', 'label', 'imageUrl']);
  const filter = { field: 'label', equals: 'red' };
  const { results, total } = await search({ id: 'red/1.png', include: ['thumbnail', 'total'], filter });
  expect(total).toBe(4);
  expect((await fetch(served.url + results[0]?.thumbnailUrl)).headers.get('content-type')).toBe('image/webp');
});

test('in a form, lists, filters and crops stand as JSON', async () => {
  const halves = await sharp(Buffer.from(await colourPng(250, 10, 10, 40)))
    .extend({ right: 40, background: { r: 10, g: 250, b: 10 } })
    .png()
    .toBuffer();
  const right = JSON.stringify({ x: 0.5, y: 0, width: 0.5, height: 1 });
  const answer = (await (
    await postImage(served.url, halves, {
      crop: right,
      exclude: '["green/1.png"]',
      minSimilarity: '0.5',
      k: '2',
    })
  ).json()) as SearchAnswer;
  expect(answer.results.map(({ id }) => id)).toEqual(['green/2.png', 'green/3.png']);
  const left = JSON.stringify({ x: 0, y: 0, width: 0.5, height: 1 });
  const filter = JSON.stringify({ field: 'label', in: ['red', 'green'] });
  const red = (await (
    await postImage(served.url, halves, { crop: left, filter, k: '1' })
  ).json()) as SearchAnswer;
  expect(red.results[0]?.label).toBe('red');
});

test('a batch has an answer or an error for each query, in order', async () => {
  const image = await base64(10, 60, 250);
  const queries = [
    { id: 'red/1.png', k: 1 },
    { id: 'nothing' },
    { image, k: 1 },
    { image: Buffer.from('nonsense').toString('base64') },
    { id: 'red/1.png', model: 'another' },
  ];
  const body = await search({ queries }, '/v1/search/batch');
  const { answers } = body as unknown as {
    answers: { results?: { id: string }[]; error?: { code: string } }[];
  };
  expect(answers.map(({ results, error }) => results?.map(({ id }) => id) ?? error?.code)).toEqual([
    ['red/2.png'],
    'not-found',
    ['blau & grün/a#b?c%20d.png'],
    'not-an-image',
    'wrong-model',
  ]);
});

test('a batch that is too long or malformed is refused as a whole, saying where', async () => {
  const send = async (queries: unknown) => {
    const response = await sendJson('POST', `${served.url}/v1/galleries/colours/search/batch`, { queries });
    return [response.status, ((await response.json()) as { error: { message: string } }).error.message];
  };
  const one = { id: 'red/1.png' };
  expect(await send(Array(65).fill(one))).toEqual([400, expect.stringContaining('at most 64')]);
  expect(await send([one, { ...one, k: 0 }])).toEqual([
    400,
    expect.stringMatching(/^`queries\[1\]\.k`: expected/),
  ]);
});

test('results say whether they match once thresholds of this model are kept with the gallery', async () => {
  const id = 'red/1.png';
  const said = async () =>
    (await search({ id })).results.map(({ similarity, match }) => ({ similarity, match }));
  expect((await said()).every(({ match }) => match === undefined)).toBe(true);
  const learned = { falseMatchRate: 0.01, maybeRate: 0.2, items: 9, pairs: 72, match: 0.99, maybe: 0.9 };
  storeThresholds(served.gallery, { ...learned, model: served.model.id });
  for (const { similarity, match } of await said())
    expect(match).toBe(similarity >= 0.99 ? 'match' : similarity >= 0.9 ? 'maybe' : 'no match');
  storeThresholds(served.gallery, { ...learned, match: null, maybe: null, model: served.model.id });
  expect((await said()).every(({ match }) => match === 'no match')).toBe(true);
  storeThresholds(served.gallery, { ...learned, model: 'another' });
  expect((await said()).every(({ match }) => match === undefined)).toBe(true);
  storeThresholds(served.gallery, undefined);
});
