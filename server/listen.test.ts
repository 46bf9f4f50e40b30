import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { colourPng } from '../retrieval/model/bundle.test-helper.ts';
import { createApp } from './app.ts';
import { listen } from './listen.ts';
import { postImage, postJson, type Served, serve } from './served.test-helper.ts';

let shared: Served;
beforeAll(async () => {
  shared = await serve();
});
afterAll(() => shared.close());

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

test('a server closes once, however often it is told to', async () => {
  const served = await serve();
  await Promise.all([served.listening.close(), served.listening.close()]);
  await expect(fetch(`${served.url}/livez`)).rejects.toThrow();
  await served.close(); // the second time: it waits for the first and does nothing more
});

test('the server listens on the loopback address, lives and is ready', async () => {
  expect(shared.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${shared.url}/livez`)).status).toBe(200);
  expect((await fetch(`${shared.url}/readyz`)).status).toBe(200);
});

test('a port that is taken is said in a sentence, and the parts stay open', async () => {
  const { parts } = shared;
  const port = Number(new URL(shared.url).port);
  await expect(listen(parts, { port })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`port ${port} on 127.0.0.1`),
  });
  await expect(listen(parts, { port: 0, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'bad-input' });
  expect((await postJson(shared.url, { id: 'red/1.png' })).status).toBe(200);
});

test('the log tells of a search under the id that its caller chose', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const server = createServer(createApp({ ...shared.parts, log: pino(sink) })).listen(0);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/search`;
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'my-search.1' };
  const response = await fetch(url, { method: 'POST', headers, body: '{"id":"nothing"}' });
  expect(response.headers.get('x-request-id')).toBe('my-search.1');
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    requestId: 'my-search.1',
    method: 'POST',
    url: '/v1/search',
    status: 404,
  });
  server.close();
});
