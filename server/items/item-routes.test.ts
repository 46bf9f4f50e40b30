import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { COLOURS, type Served, sendJson, serve, storeItem } from '../served.test-helper.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><script>alert(1)</script></svg>';
const ODD = 'blau & grün/a#b?c%20d.png';

let served: Served;
beforeAll(async () => {
  served = await serve({ parts: { limits: { allowSvg: true } } });
  const vector = Float32Array.of(1, 0, 0, 0);
  const svg = await storeItem(served.folder, 'drawn/a.svg', Buffer.from(SVG), vector);
  const text = await storeItem(served.folder, 'text/page.png', Buffer.from('<html>no image'), vector);
  await served.gallery.put([svg, text]);
});
afterAll(() => served.close());

const item = (id: string) => `${served.url}/v1/galleries/colours/items/${encodeURIComponent(id)}`;

/** As a browser asks: `fetch` of Node forbids caches to answer once it is given a condition. */
const statusOf = (url: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    get(url, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });

const header = (response: Response, name: string) => response.headers.get(name);

test('an item is shown without the path of its file, whatever its id', async () => {
  for (const id of Object.keys(COLOURS)) {
    const text = await (await fetch(item(id))).text();
    expect(JSON.parse(text)).toMatchObject({ id, label: id.split('/')[0], contentHash: expect.any(String) });
    expect(text).not.toContain(served.folder);
  }
});

test('an image is the file itself, known by the hash of its content', async () => {
  const response = await fetch(`${item(ODD)}/image`);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(header(response, 'content-type')).toBe('image/png');
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 48, height: 48 });
  expect(header(response, 'etag')).toBe(`"${served.gallery.item(ODD as ItemId)?.contentHash}"`);
  expect(header(response, 'cache-control')).toBe('private, no-cache');
});

test('an image that the browser has already is not sent again', async () => {
  for (const kind of ['image', 'thumbnail?size=64']) {
    const url = `${item('red/1.png')}/${kind}`;
    const etag = header(await fetch(url), 'etag') as string;
    expect(await statusOf(url, { 'If-None-Match': etag })).toBe(304);
    expect(await statusOf(url, { 'If-None-Match': '"another"' })).toBe(200);
  }
});

test('under the URL with the version of its content an image stays for good', async () => {
  const { imageUrl } = (await (await fetch(item('red/1.png'))).json()) as { imageUrl: string };
  expect(header(await fetch(served.url + imageUrl), 'cache-control')).toContain('immutable');
  expect(
    header(await fetch(served.url + imageUrl.replace('/image?', '/thumbnail?')), 'cache-control'),
  ).toContain('immutable');
});

test('a thumbnail is a webp that fits into its size and is never enlarged', async () => {
  const response = await fetch(`${item('red/1.png')}/thumbnail?size=32`);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(header(response, 'content-type')).toBe('image/webp');
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 32, height: 32 });
  const large = Buffer.from(await (await fetch(`${item('red/1.png')}/thumbnail?size=640`)).arrayBuffer());
  expect(await sharp(large).metadata()).toMatchObject({ width: 48, height: 48 });
});

test.each(['31', '1025', 'big', '64&size=65'])('a thumbnail of the size %s is refused', async (size) => {
  expect((await fetch(`${item('red/1.png')}/thumbnail?size=${size}`)).status).toBe(400);
});

test('an SVG cannot run in the browser, and its thumbnail is drawn at the size that is asked for', async () => {
  const response = await fetch(`${item('drawn/a.svg')}/image`);
  expect(header(response, 'content-type')).toBe('image/svg+xml');
  expect(header(response, 'content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
  expect(header(response, 'x-content-type-options')).toBe('nosniff');
  const drawn = Buffer.from(await (await fetch(`${item('drawn/a.svg')}/thumbnail?size=64`)).arrayBuffer());
  expect(await sharp(drawn).metadata()).toMatchObject({ width: 64, height: 32 });
});

test('a file that is no image is not passed off as one', async () => {
  const response = await fetch(`${item('text/page.png')}/image`);
  expect(header(response, 'content-type')).toBe('application/octet-stream');
  expect((await fetch(`${item('text/page.png')}/thumbnail?size=64`)).status).toBe(415);
});

test('no path but those of the gallery is served', async () => {
  await writeFile(`${served.folder}/images/secret.png`, 'secret');
  for (const id of ['secret.png', '../gallery.db', '../../etc/passwd', '/etc/passwd', 'red/../secret.png']) {
    expect((await fetch(`${item(id)}/image`)).status).toBe(404);
  }
});

test('examples are the same for the same seed', async () => {
  const examples = async (query: string) =>
    (
      (await (await fetch(`${served.url}/v1/galleries/colours/examples?${query}`)).json()) as {
        examples: { id: string }[];
      }
    ).examples;
  const first = await examples('n=4&seed=7');
  expect(first).toHaveLength(4);
  expect(await examples('n=4&seed=7')).toEqual(first);
  expect(await examples('n=4&seed=8')).not.toEqual(first);
  expect(first[0]).toEqual({
    id: expect.any(String),
    label: expect.any(String),
    imageUrl: expect.any(String),
  });
});

test('a change that is meant for one version of an item is made to no other', async () => {
  const [png, first] = [await colourPng(1, 2, 3), await colourPng(3, 2, 1)];
  const put = (image: Uint8Array, headers: Record<string, string>) => {
    const body = new FormData();
    body.set('image', new Blob([new Uint8Array(image)]), 'a.png');
    return fetch(item('versioned'), { method: 'PUT', headers, body });
  };
  const patch = (label: string, headers: Record<string, string>) =>
    sendJson('PATCH', item('versioned'), { label }, headers);
  expect((await put(first, { 'If-Match': '*' })).status).toBe(412);
  const added = await put(first, { 'If-None-Match': '*' });
  const version = header(added, 'etag') ?? '';
  expect(header(await fetch(item('versioned')), 'etag')).toBe(version);
  const refused = await put(png, { 'If-None-Match': '*' });
  expect([refused.status, await refused.json()]).toMatchObject([
    412,
    { error: { code: 'precondition-failed' } },
  ]);

  const labelled = await patch('mine', { 'If-Match': version });
  const next = String(header(labelled, 'etag'));
  expect([labelled.status, next === version]).toEqual([200, false]);
  expect((await patch('late', { 'If-Match': version })).status).toBe(412);
  expect((await put(png, { 'If-Match': version })).status).toBe(412);
  const remove = (tag: string) =>
    fetch(item('versioned'), { method: 'DELETE', headers: { 'If-Match': tag } });
  expect((await remove(version)).status).toBe(412);
  expect(await (await fetch(item('versioned'))).json()).toMatchObject({ label: 'mine' });
  expect((await remove(`"other", ${next}`)).status).toBe(204);
});
