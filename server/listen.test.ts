import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { colourPng } from '../retrieval/model/bundle.test-helper.ts';
import { listen } from './listen.ts';
import { postImage, postJson, SILENT, serve } from './served.test-helper.ts';

test('a server that closes finishes the searches that run, and takes no more', async () => {
  const served = await serve({ graph: 'slow', embedder: { maxBatch: 1 } });
  const png = await colourPng(1, 2, 3);
  let arrived = 0;
  const running = Array.from({ length: 6 }, () => postImage(served.url, png).finally(() => arrived++));
  await running[0];
  const left = arrived;
  const closed = served.close();
  const statuses = await Promise.all(running.map(async (response) => (await response).status));
  await closed;
  expect(left).toBeLessThan(6);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
  await expect(fetch(`${served.url}/livez`)).rejects.toThrow();
  await expect(served.model.embedImage(png)).rejects.toThrow();
});

test('a client that will not finish does not keep the server open', async () => {
  const served = await serve({ listen: { graceMs: 50 } });
  const endless = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('--x\r\n')) });
  const headers = { 'Content-Type': 'multipart/form-data; boundary=x' };
  const init = { method: 'POST', headers, body: endless, duplex: 'half' } as RequestInit;
  const stuck = fetch(`${served.url}/v1/search`, init).catch(() => 'cut off');
  await postJson(served.url, { id: 'red/1.png' });
  await served.close();
  expect(await stuck).toBe('cut off');
});

test('closing twice closes once', async () => {
  const served = await serve();
  await Promise.all([served.listening.close(), served.close()]);
});

test('a port that is taken is said in a sentence, and the parts stay open', async () => {
  const first = await serve();
  const second = await serve();
  const parts = { model: second.model, gallery: second.gallery, log: SILENT };
  const port = Number(new URL(first.url).port);
  await expect(listen(parts, { port })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`port ${port} on 127.0.0.1`),
  });
  await expect(listen(parts, { port: 0, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'bad-input' });
  expect((await postJson(second.url, { id: 'red/1.png' })).status).toBe(200);
  await Promise.all([first.close(), second.close()]);
});

test('the server listens on the loopback address, lives and is ready', async () => {
  const served = await serve();
  expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${served.url}/livez`)).status).toBe(200);
  expect((await fetch(`${served.url}/readyz`)).status).toBe(200);
  await served.close();
});

test('the log tells of a search under the id that its caller chose', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const served = await serve({ parts: { log: pino(sink) } });
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'my-search.1' };
  const response = await fetch(`${served.url}/v1/search`, {
    method: 'POST',
    headers,
    body: '{"id":"nothing"}',
  });
  expect(response.headers.get('x-request-id')).toBe('my-search.1');
  await served.close();
  const line = lines.map((each) => JSON.parse(each)).find(({ msg }) => msg === 'request');
  expect(line).toMatchObject({ requestId: 'my-search.1', method: 'POST', url: '/v1/search', status: 404 });
});
