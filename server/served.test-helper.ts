/** A server of real parts for tests: the tiny model (the vector of an image is its mean colour), a gallery of colours. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Logger, pino } from 'pino';

import { openGallery } from '../retrieval/gallery/gallery.ts';
import type { Gallery, ItemId, NewItem } from '../retrieval/gallery/item.ts';
import { contentHash } from '../retrieval/image/content-hash.ts';
import { colourPng, graphPath, tinyBundle } from '../retrieval/model/bundle.test-helper.ts';
import type { Model } from '../retrieval/model/model.ts';
import { type OpenModelOptions, openModel } from '../retrieval/model/open-model.ts';
import { writeBundle } from '../retrieval/model/write-bundle.ts';
import type { AppParts } from './app.ts';
import { Galleries, type ServedGallery } from './galleries/galleries.ts';
import { type Listening, type ListenOptions, type ListenParts, listen } from './listen.ts';
import { Models } from './models/models.ts';

export type Served = {
  url: string;
  folder: string;
  model: Model;
  gallery: Gallery;
  parts: Pick<AppParts, 'galleries' | 'models' | 'log'>;
  listening: Listening;
  close(): Promise<void>;
};

export type ServeOptions = {
  /** A graph of `test/graphs`; default tiny. */
  graph?: string;
  embedder?: OpenModelOptions;
  parts?: Partial<ListenParts>;
  listen?: Partial<ListenOptions>;
};

type Colour = readonly [number, number, number];

/** Item id → colour; four reds and four greens, and ids that must be encoded in a URL. */
export const COLOURS: Readonly<Record<string, Colour>> = {
  'red/1.png': [250, 10, 10],
  'red/2.png': [230, 20, 10],
  'red/3.png': [210, 10, 30],
  'red/4.png': [190, 40, 40],
  'green/1.png': [10, 250, 10],
  'green/2.png': [20, 230, 10],
  'green/3.png': [10, 210, 30],
  'green/4.png': [40, 190, 40],
  'blau & grün/a#b?c%20d.png': [10, 60, 250],
};

export const SILENT: Logger = pino({ level: 'silent' });

export async function serve(options: ServeOptions = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-server-'));
  const { model, gallery } = await openParts(folder, options);
  const parts = servedParts(folder, { model, gallery });
  const listening = await listen({ ...parts, ...options.parts }, { port: 0, ...options.listen });
  const close = async () => {
    await listening.close();
    await rm(folder, { recursive: true });
  };
  return { url: listening.url, folder, model, gallery, parts, listening, close };
}

/** A server's parts around a gallery and a model that are open; the models' shelf and the galleries lie in `folder`. */
export function servedParts(folder: string, served: ServedGallery) {
  const models = new Models({ shelf: join(folder, 'models'), embedder: { workers: 1 } });
  const galleries = new Galleries({ folder, models });
  galleries.adopt(served);
  return { galleries, models, log: SILENT };
}

export async function openParts(folder: string, { graph = 'tiny', embedder }: ServeOptions = {}) {
  const bundle = join(folder, 'models', 'tiny');
  await writeBundle(bundle, await tinyBundle(graphPath(graph)), { workers: 1 });
  const model = await openModel(bundle, { workers: 1, ...embedder });
  const ref = { id: model.id, dim: model.card.dim, folder: bundle };
  const gallery = await openGallery({ folder, name: 'colours', model: ref, create: true });
  for (const entry of Object.entries(COLOURS)) await gallery.put([await colourItem(folder, model, entry)]);
  return { model, gallery };
}

async function colourItem(folder: string, model: Model, [id, rgb]: [string, Colour]): Promise<NewItem> {
  const bytes = await colourPng(...rgb, 48);
  const { vector } = await model.embedImage(bytes);
  return storeItem(folder, id, bytes, vector);
}

/** Writes the bytes into the folder as the file of an item; its label is the first part of its id. */
export async function storeItem(
  folder: string,
  id: string,
  bytes: Uint8Array,
  vector: Float32Array,
): Promise<NewItem> {
  const source = join(folder, 'images', id);
  await mkdir(dirname(source), { recursive: true });
  await writeFile(source, bytes);
  const label = id.split('/')[0] ?? null;
  const metadata = { colour: label };
  const sizeBytes = bytes.byteLength;
  return { id: id as ItemId, source, contentHash: contentHash(bytes), label, metadata, sizeBytes, vector };
}

/** Searches by an image; `fields` go into the form beside it. */
export function postImage(
  url: string,
  image: Uint8Array,
  fields: Record<string, string> = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('image', new Blob([new Uint8Array(image)]), 'query.png');
  return fetch(`${url}/v1/search`, { method: 'POST', body, signal });
}

/** Searches by what the body says. */
export function postJson(url: string, body: unknown): Promise<Response> {
  return sendJson('POST', `${url}/v1/search`, body);
}

/** Asks with a body of JSON, or without one; a text is sent as it is. */
export function sendJson(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  if (body === undefined) return fetch(url, { method, headers });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: text });
}

/** Puts a model of a graph of `test/graphs`, which gives it its name, beside the others of a server; its folder. */
export async function shelve(folder: string, graph: string): Promise<string> {
  const bundle = join(folder, 'models', graph);
  const { card, ...files } = await tinyBundle(graphPath(graph));
  await writeBundle(bundle, { ...files, card: { ...card, name: graph } }, { workers: 1 });
  return bundle;
}

/** Embeds all items by the slow model beside the one that is active; answers its id and name. */
export async function embedBySlow({ gallery, folder }: Served): Promise<{ id: string; name: string }> {
  const bundle = await shelve(folder, 'slow');
  const model = await openModel(bundle, { workers: 1 });
  const ref = { id: model.id, dim: model.card.dim, folder: bundle };
  for (const { id, contentHash, source } of gallery.items()) {
    const { vector } = await model.embedImage(await readFile(source));
    await gallery.putEmbeddings(ref, [{ id, contentHash, vector }]);
  }
  await model.close();
  return { id: model.id, name: 'slow' };
}
