import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { type Served, sendJson, serve } from '../served.test-helper.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ parts: { limits: { maxUploads: 4, maxUploadBytes: 2000, maxImageBytes: 1500 } } });
});
afterAll(() => served.close());

const items = () => `${served.url}/v1/galleries/colours/items`;
const at = (id: string) => `${items()}/${encodeURIComponent(id)}`;
const png = async (r: number, g: number, b: number, name = 'a.png') =>
  new File([new Uint8Array(await colourPng(r, g, b))], name);

function form(fields: Record<string, string | File | File[]>): FormData {
  const body = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) body.append(name, value);
  }
  return body;
}

const put = (id: string, fields: Record<string, string | File>) =>
  fetch(at(id), { method: 'PUT', body: form(fields) });
const answer = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as object),
});
const nearest = async (r: number, g: number, b: number) => {
  const body = form({ image: await png(r, g, b), k: '1' });
  const response = await fetch(`${served.url}/v1/galleries/colours/search`, { method: 'POST', body });
  return ((await response.json()) as { results: { id: string }[] }).results[0]?.id;
};

test('an item that was put is found at once, shows its image, and is on disk', async () => {
  const metadata = JSON.stringify({ price: 3, tags: ['new'] });
  const stored = await answer(
    await put('new/ä b', { image: await png(250, 250, 10), label: 'yellow', metadata }),
  );
  expect(stored).toMatchObject({ status: 200, id: 'new/ä b', label: 'yellow', metadata: { price: 3 } });
  expect(await nearest(250, 250, 10)).toBe('new/ä b');
  const image = await fetch(`${at('new/ä b')}/image`);
  expect(Buffer.from(await image.arrayBuffer())).toEqual(Buffer.from(await colourPng(250, 250, 10)));
  const beside = await openGallery({ folder: served.folder, name: 'colours' });
  const item = beside.item('new/ä b' as ItemId);
  await beside.close();
  expect(existsSync(item?.source as string)).toBe(true);
});

test('putting an item again replaces its image, label and metadata, and the old image is gone', async () => {
  await put('again', { image: await png(1, 1, 1), label: 'dark', metadata: '{"a":1}' });
  const before = served.gallery.item('again' as ItemId)?.source as string;
  expect(existsSync(before)).toBe(true);
  const image = Buffer.from(await colourPng(240, 240, 240)).toString('base64');
  expect(await answer(await sendJson('PUT', at('again'), { image }))).toMatchObject({
    label: null,
    metadata: {},
  });
  expect(await nearest(240, 240, 240)).toBe('again');
  expect(existsSync(before)).toBe(false);
  const now = served.gallery.item('again' as ItemId)?.source as string;
  expect((await fetch(at('again'), { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(at('again'))).status).toBe(404);
  expect(existsSync(now)).toBe(false);
});

test('a label and metadata are changed without the image, and null takes a name away', async () => {
  await put('patched', { image: await png(9, 9, 99), label: 'navy', metadata: '{"a":1,"b":{"c":2,"d":3}}' });
  const patch = { label: 'blue', metadata: { a: null, b: { c: 4 }, e: 5 } };
  const expected = { label: 'blue', metadata: { b: { c: 4, d: 3 }, e: 5 } };
  expect(await answer(await sendJson('PATCH', at('patched'), patch))).toMatchObject({
    status: 200,
    ...expected,
  });
  expect(await answer(await sendJson('PATCH', at('nothing'), patch))).toMatchObject({ status: 404 });
  const changed = await sendJson('PATCH', items(), { ids: ['patched', 'nothing'], label: null });
  expect(await answer(changed)).toEqual({ status: 200, changed: 1 });
  expect(await answer(await fetch(at('patched')))).toMatchObject({ ...expected, label: null });
});

test('of many files those that are images are stored, and the others named', async () => {
  const images = [
    await png(30, 30, 60, 'folder/one.png'),
    new File(['no'], 'two.png'),
    await png(60, 30, 30, 'three.png'),
  ];
  const upload = await answer(await fetch(items(), { method: 'POST', body: form({ images }) }));
  expect(upload).toMatchObject({
    status: 200,
    stored: 2,
    failed: 1,
    outcomes: [
      { file: 'folder/one.png', id: 'folder/one.png' },
      {
        file: 'two.png',
        error: { code: 'not-an-image', message: expect.stringContaining('no known image') },
      },
      { file: 'three.png', id: 'three.png' },
    ],
  });
  expect(served.gallery.item('folder/one.png' as ItemId)).toMatchObject({ label: null });
  const described = JSON.stringify([{ id: 'uno', label: 'dark', metadata: { n: 1 } }]);
  const again = form({ images: [await png(2, 30, 60)], items: described });
  expect((await fetch(items(), { method: 'POST', body: again })).status).toBe(200);
  expect(served.gallery.item('uno' as ItemId)).toMatchObject({ label: 'dark', metadata: { n: 1 } });
});

test.each<[string, Record<string, string | number>, number, string]>([
  ['no file', {}, 400, '`images`: expected a list, got nothing'],
  [
    'descriptions that are too few',
    { files: 2, items: '[{"id":"a"}]' },
    400,
    'each of the 2 files in order, got 1',
  ],
  ['one id twice', { files: 2, items: '[{"id":"a"},{"id":"a"}]' }, 400, '"a" comes twice'],
  ['too many files', { files: 5 }, 400, 'at most 4 files'],
  ['too many bytes', { files: 4, padding: 600 }, 413, 'of images in one request'],
  ['too large a file', { files: 1, padding: 1600 }, 413, 'at most 1 KiB'],
])(
  '%s in an upload is refused with a sentence',
  async (_, { files = 0, padding = 0, items: list }, status, sentence) => {
    const bytes = new Uint8Array([...(await colourPng(1, 2, 3)), ...new Uint8Array(Number(padding))]);
    const images = Array.from({ length: Number(files) }, (_, i) => new File([bytes], `refused-${i}.png`));
    const body = form({ images, ...(list !== undefined && { items: String(list) }) });
    const refused = await answer(await fetch(items(), { method: 'POST', body }));
    expect(refused).toMatchObject({ status, error: { message: expect.stringContaining(sentence) } });
    expect(served.gallery.item('refused-0.png' as ItemId)).toBeUndefined();
  },
);

test.each<[string, Record<string, unknown>, string]>([
  ['without an image', { label: 'x' }, '`image`: expected an image, got nothing'],
  ['with metadata that is no object', { image: 'AAAA', metadata: [] }, '`metadata`: expected'],
  ['with another field', { image: 'AAAA', colour: 'red' }, 'Unknown field colour'],
])('an item %s is refused', async (_, body, sentence) => {
  expect(await answer(await sendJson('PUT', at('refused'), body))).toMatchObject({
    status: 400,
    error: { message: expect.stringContaining(sentence) },
  });
});

test('an image that cannot be decoded leaves nothing behind', async () => {
  const kept = await readdir(`${served.gallery.folder}/images`);
  const damaged = new File([new Uint8Array(await colourPng(7, 7, 7, 64)).subarray(0, 90)], 'a.png');
  expect((await put('damaged', { image: damaged })).status).toBe(422);
  expect(await readdir(`${served.gallery.folder}/images`)).toEqual(kept);
});

test('items are listed in order of id, page by page, those alone that a filter lets through', async () => {
  const page = async (query: string) =>
    (await (await fetch(`${items()}?${query}`)).json()) as { items: { id: string }[]; next?: string };
  const filter = encodeURIComponent(JSON.stringify({ field: 'label', in: ['red', 'green'] }));
  const seen: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const { items, next } = await page(
      `filter=${filter}&limit=3${after && `&after=${encodeURIComponent(after)}`}`,
    );
    seen.push(...items.map(({ id }) => id));
    after = next;
  }
  expect(seen).toEqual(['green', 'red'].flatMap((label) => [1, 2, 3, 4].map((n) => `${label}/${n}.png`)));
  expect(await page('limit=0')).toMatchObject({
    error: { message: '`limit`: expected a whole number from 1 to 1000, got 0.' },
  });
});

test('labels and fields say what there is, and many items go at once', async () => {
  const get = async (what: string) => answer(await fetch(`${served.url}/v1/galleries/colours/${what}`));
  expect(await get('labels')).toMatchObject({ labels: expect.arrayContaining([{ label: 'red', count: 4 }]) });
  expect(await get('fields')).toMatchObject({
    fields: expect.arrayContaining([expect.objectContaining({ field: 'metadata.colour', kind: 'text' })]),
  });
  const ids = ['red/1.png', 'red/2.png', 'nothing'];
  expect(await answer(await sendJson('POST', `${items()}/remove`, { ids }))).toEqual({
    status: 200,
    removed: 2,
  });
  expect((await fetch(at('red/1.png'))).status).toBe(404);
});
