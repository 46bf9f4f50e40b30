import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decoders } from '../../retrieval/image/decoders.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { bearer, testKeys } from '../access/keys.test-helper.ts';
import { postImage, postJson, type Served, serve } from '../served.test-helper.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

/** The value of a sample by its name and labels as they stand in the text. */
async function sample(name: string, url = served.url): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('searches are counted by route and status, and each of their stages is timed', async () => {
  const png = await colourPng(1, 2, 3);
  for (let i = 0; i < 3; i++) await postImage(served.url, png);
  await postJson(served.url, { id: 'no such item' });
  const requests = 'sinter_http_requests_total';
  expect(await sample(`${requests}{route="/v1/search",method="POST",status="200"}`)).toBe(3);
  expect(await sample(`${requests}{route="/v1/search",method="POST",status="404"}`)).toBe(1);
  expect(await sample('sinter_http_request_seconds_count{route="/v1/search",method="POST"}')).toBe(4);
  for (const stage of ['decode', 'queue', 'embed', 'search'])
    expect(await sample(`sinter_stage_seconds_count{stage="${stage}"}`), stage).toBe(3);
  expect(await sample('sinter_embed_batch_images_sum{model="tiny"}')).toBe(3);
});

test('an address that is made up does not make a series of its own', async () => {
  for (const path of ['/a', '/b', '/c']) await fetch(served.url + path);
  expect(await sample('sinter_http_requests_total{route="none",method="GET",status="404"}')).toBe(3);
  const text = await (await fetch(`${served.url}/metrics`)).text();
  expect(text).not.toContain('"/a"');
});

test('what is there now is told: items, queues, memory and the delay of the event loop', async () => {
  expect(await sample('sinter_gallery_items{gallery="colours"}')).toBe(9);
  expect(await sample('sinter_gallery_recall{gallery="colours"}')).toBeUndefined();
  const checked = await served.gallery.checkRecall();
  expect(await sample('sinter_gallery_recall{gallery="colours"}')).toBe(checked?.recall);
  expect(await sample('sinter_embed_waiting_images{model="tiny"}')).toBe(0);
  expect(await sample('sinter_decoder_processes')).toBe(decoders.status().processes);
  expect(await sample('sinter_decoder_crashes')).toBe(0);
  expect(await sample('sinter_own_core')).toBe(0);
  expect(await sample('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  expect(await sample('process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

test('measurements are of all galleries, and not for keys of one', async () => {
  const { access, secrets, remove } = await testKeys({
    one: { scope: 'admin', gallery: 'colours' },
    all: { scope: 'read' },
  });
  const locked = await serve({ parts: { access } });
  const ask = (secret: string) => fetch(`${locked.url}/metrics`, { headers: bearer(secret) });
  expect((await ask(secrets.one)).status).toBe(403);
  expect((await ask(secrets.all)).status).toBe(200);
  expect((await fetch(`${locked.url}/metrics`)).status).toBe(401);
  await locked.close();
  await remove();
});

test('the list of measurements for operators names all that are of Sinter', async () => {
  const text = await (await fetch(`${served.url}/metrics`)).text();
  const list = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  const names = [...text.matchAll(/^# TYPE sinter(\w+)/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(6);
  for (const name of names) expect(list).toContain(`sinter${name}`);
});
