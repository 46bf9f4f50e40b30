import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { createApp } from '../app.ts';
import { postImage, postJson, type Served, serve } from '../served.test-helper.ts';

let fragile: Served;
let slow: Served;
let url: string;
beforeAll(async () => {
  fragile = await serve({ graph: 'fragile', parts: { limits: { maxImageBytes: 2048 } } });
  slow = await serve({ graph: 'slow', embedder: { maxQueue: 3, maxBatch: 1 } });
  url = fragile.url;
});
afterAll(() => Promise.all([fragile.close(), slow.close()]));

const answerOf = async (response: Response) => {
  const { error } = (await response.json()) as {
    error: { code: string; message: string; requestId: string };
  };
  expect(error.requestId).toBe(response.headers.get('x-request-id'));
  return { status: response.status, ...error };
};

test('bytes that are no image are 415, a damaged image is 422', async () => {
  const nonsense = await answerOf(await postImage(url, Buffer.from('not at all an image')));
  expect(nonsense).toMatchObject({ status: 415, code: 'not-an-image' });
  const png = await colourPng(1, 2, 3, 64);
  const damaged = await answerOf(await postImage(url, png.subarray(0, png.length - 30)));
  expect(damaged).toMatchObject({ status: 422, code: 'bad-image' });
});

test('an image beyond the limit is 413, as is a JSON body', async () => {
  const image = await answerOf(await postImage(url, new Uint8Array(3_000_000)));
  expect(image).toMatchObject({ status: 413, code: 'too-large', message: expect.stringContaining('2 KiB') });
  const json = await answerOf(await postJson(url, { id: 'x'.repeat(300_000) }));
  expect(json).toMatchObject({ status: 413, code: 'too-large' });
});

test('another content type is 415, a form without a boundary 400', async () => {
  const send = (type: string) =>
    fetch(`${url}/v1/search`, { method: 'POST', headers: { 'Content-Type': type }, body: 'abc' }).then(
      answerOf,
    );
  expect(await send('image/png')).toMatchObject({ status: 415, code: 'wrong-content-type' });
  expect(await send('multipart/form-data')).toMatchObject({ status: 400, code: 'bad-input' });
  expect(await send('multipart/form-data; boundary=x')).toMatchObject({ status: 400, code: 'bad-input' });
});

test('an unknown item, route or method is 404 in JSON, a broken address 400', async () => {
  const unknown = { status: 404, code: 'not-found' };
  expect(await answerOf(await postJson(url, { id: 'red/9.png' }))).toMatchObject(unknown);
  expect(await answerOf(await fetch(`${url}/v1/galleries/colours/items/nothing`))).toMatchObject(unknown);
  expect(await answerOf(await fetch(`${url}/v2/search`))).toMatchObject(unknown);
  expect(await answerOf(await fetch(`${url}/v1/search`))).toMatchObject(unknown);
  expect(await answerOf(await fetch(`${url}/%c0%ae%c0%ae/x`))).toMatchObject({ code: expect.any(String) });
  expect(await answerOf(await fetch(`${url}/v1/galleries/colours/items/%E0%A4%A`))).toMatchObject({
    status: 400,
    code: 'bad-input',
  });
});

test('a query that expects another model than the gallery has is 409, in whatever form it comes', async () => {
  const expected = { status: 409, code: 'wrong-model', message: expect.stringContaining('tiny') };
  const model = 'another';
  expect(await answerOf(await postImage(url, await colourPng(1, 2, 3), { model }))).toMatchObject(expected);
  expect(await answerOf(await postJson(url, { id: 'red/2.png', model }))).toMatchObject(expected);
  expect(await answerOf(await postJson(url, { vector: [1, 0, 0, 0], model }))).toMatchObject(expected);
});

test('a server that shuts down is 503 to whoever asks whether it is ready', async () => {
  const server = createServer(createApp({ ...fragile.parts, closing: AbortSignal.abort() })).listen(0);
  const answer = await answerOf(
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`),
  );
  expect(answer).toMatchObject({ status: 503, code: 'interrupted' });
  server.close();
});

test('a full queue is 429 with a time to wait', async () => {
  const png = await colourPng(1, 2, 3);
  const responses = await Promise.all(Array.from({ length: 12 }, () => postImage(slow.url, png)));
  const refused = responses.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(await answerOf(refused[0] as Response)).toMatchObject({ code: 'queue-full' });
});

test('a failure inside is 500 and says nothing of the inside, and the server lives on', async () => {
  const answer = await answerOf(await postImage(url, await colourPng(255, 255, 255)));
  expect(answer).toMatchObject({ status: 500, code: 'internal' });
  expect(answer.message).not.toMatch(/onnx|node|Gather|\//i);
  expect((await postImage(url, await colourPng(1, 2, 3))).status).toBe(200);
});

test('the file of an item that has vanished is 404 and says what to do', async () => {
  await rm(`${fragile.folder}/images/red/1.png`);
  for (const kind of ['image', 'thumbnail']) {
    const item = `${url}/v1/galleries/colours/items/${encodeURIComponent('red/1.png')}`;
    const answer = await answerOf(await fetch(`${item}/${kind}`));
    expect(answer).toMatchObject({
      status: 404,
      code: 'not-found',
      message: expect.stringContaining('Index'),
    });
    expect(answer.message).not.toContain(fragile.folder);
  }
});
