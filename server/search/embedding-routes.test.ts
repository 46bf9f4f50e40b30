import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { type Served, serve } from '../served.test-helper.ts';

type Embeddings = { data: { index: number; embedding: number[] & string }[]; model: string; usage: object };

let served: Served;
let red: Uint8Array;
let green: Uint8Array;
beforeAll(async () => {
  served = await serve({ parts: { limits: { maxBatch: 3 } } });
  red = await colourPng(250, 10, 10);
  green = await colourPng(10, 250, 10);
});
afterAll(() => served.close());

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const embed = async (body: object | FormData) => {
  const init =
    body instanceof FormData
      ? { body }
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const response = await fetch(`${served.url}/v1/embeddings`, { method: 'POST', ...init });
  return { status: response.status, ...((await response.json()) as Embeddings) };
};

test('images are embedded in the shape of OpenAI, one or many, in order', async () => {
  const one = await embed({ model: 'tiny', input: `data:image/png;base64,${base64(red)}` });
  expect(one).toMatchObject({ status: 200, object: 'list', model: served.model.id });
  expect(one.usage).toEqual({ prompt_tokens: 1, total_tokens: 1 });
  expect(Object.keys(one.data[0] as object)).toEqual(['object', 'index', 'embedding']);
  const two = await embed({ model: served.model.id, input: [base64(red), base64(green)] });
  expect(two.data.map(({ index }) => index)).toEqual([0, 1]);
  for (const [i, image] of [red, green].entries()) {
    const { vector } = await served.model.embedImage(image);
    expect(two.data[i]?.embedding).toEqual([...vector]);
  }
});

test('base64 has the same numbers, as little-endian float32', async () => {
  const input = [base64(red)];
  const numbers = (await embed({ input })).data[0]?.embedding as number[];
  const text = (await embed({ input, encoding_format: 'base64', user: 'someone', dimensions: 4 })).data[0]
    ?.embedding;
  const bytes = new DataView(new Uint8Array(Buffer.from(text as string, 'base64')).buffer);
  expect(Array.from({ length: 4 }, (_, i) => bytes.getFloat32(4 * i, true))).toEqual(numbers);
  expect(bytes.byteLength).toBe(16);
});

test('the files of a form are embedded too', async () => {
  const form = new FormData();
  for (const image of [red, green]) form.append('input', new Blob([new Uint8Array(image)]), 'image.png');
  form.set('encoding_format', 'float');
  const inJson = await embed({ input: [base64(red), base64(green)] });
  expect((await embed(form)).data).toEqual(inJson.data);
});

test('models are listed in the shape of OpenAI', async () => {
  const list = await (await fetch(`${served.url}/v1/models`)).json();
  expect(list).toEqual({
    object: 'list',
    data: [
      {
        id: served.model.id,
        object: 'model',
        created: Date.parse('2026-01-02T03:04:05Z') / 1000,
        owned_by: 'sinter',
        name: 'tiny',
        dim: 4,
        metrics: { 'recall@1': 0.5 },
        open: true,
      },
    ],
  });
});

test.each([
  [() => ({ input: ['!'] }), 400, '`input[0]`: expected an image as base64 or as a data URL, got "!".'],
  [() => ({ input: [] }), 400, '`input`: expected a list with a length of at least 1'],
  [() => ({}), 400, '`input`: expected a list, got nothing'],
  [() => ({ input: Array(4).fill(base64(red)) }), 400, 'at most 3'],
  [
    () => ({ input: [base64(red), base64(Buffer.from('nonsense'))] }),
    415,
    '`input[1]`: Expected an image in one of',
  ],
  [() => ({ input: base64(red), model: 'clip' }), 404, 'There is no model "clip". There are: tiny.'],
  [() => ({ input: base64(red), dimensions: 2 }), 400, 'gives embeddings of 4 dimensions, not of 2'],
  [() => ({ input: 'https://example.org/a.png' }), 400, 'addresses are not fetched'],
])('a request like %s is refused with a sentence', async (body, status, sentence) => {
  expect(await embed(body())).toMatchObject({
    status,
    error: { message: expect.stringContaining(sentence) },
  });
});
