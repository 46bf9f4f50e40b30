/** Opens and lists galleries: folders with a database (the truth) and an index file (derived from it) for each model. */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SinterError } from '../errors.ts';
import type { Gallery } from './item.ts';
import type { ModelRef } from './model-ref.ts';
import { Store } from './store.ts';
import { StoredGallery } from './stored-gallery.ts';

export const DATABASE = 'gallery.db';
const RECALL_CHECK_MS = 600_000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export type OpenGalleryOptions = {
  /** The folder that holds the galleries, such as `index-data`. */
  folder: string;
  /** Lower-case letters, digits and `._-`, beginning with a letter or digit, at most 64. */
  name: string;
  /** The model that the gallery must be of; its folder is remembered as where the model is now. */
  model?: ModelRef | undefined;
  /** Make the gallery if there is none; needs `model`. */
  create?: boolean;
  /** How long a write waits for another process's write before it fails with `conflict`; default 5000. */
  busyTimeoutMs?: number;
  /** How often the answers of the index are compared with the exact ones, for `recall`; default 600,000, 0 for never. */
  recallCheckMs?: number;
  /** Told, in a sentence, when the index file had to be mended or could not be saved. */
  warn?: (sentence: string) => void;
};

/**
 * Opens a gallery. Throws `not-found` (naming those there are), `wrong-model` when it is of another model,
 * `bad-gallery` when its database cannot be read, `conflict` while another process holds it, `bad-input` for a bad name.
 */
export async function openGallery(options: OpenGalleryOptions): Promise<Gallery> {
  const { folder, name, model, recallCheckMs = RECALL_CHECK_MS, warn = () => {} } = options;
  const store = await openStore(options);
  try {
    if (store.isRemoved()) throw halfRemoved(name, resolve(folder, name));
    if (model) agreeOnModel(store, model, name, join(folder, name));
    return await StoredGallery.open({ name, folder: resolve(folder, name), store, recallCheckMs, warn });
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The names of the galleries in `folder`, in order; none if there is no such folder. */
export async function listGalleries(folder: string): Promise<string[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names.filter((name) => NAME.test(name) && existsSync(join(folder, name, DATABASE))).sort();
}

async function openStore({ folder, name, model, create, busyTimeoutMs }: OpenGalleryOptions): Promise<Store> {
  checkGalleryName(name);
  const file = resolve(folder, name, DATABASE);
  const options = busyTimeoutMs === undefined ? {} : { busyTimeoutMs };
  if (create) {
    if (!model) throw new SinterError('bad-input', `Expected a model to create gallery \`${name}\` for.`);
    await mkdir(resolve(folder, name), { recursive: true });
    const fixedModel = { ...model, folder: resolve(model.folder) };
    return new Store(file, { ...options, create: { name, model: fixedModel } });
  }
  await expectGallery(folder, name);
  return new Store(file, options);
}

/** Throws `bad-input` for a bad name, and `not-found`, naming those there are, where there is no such gallery. */
export async function expectGallery(folder: string, name: string): Promise<void> {
  checkGalleryName(name);
  if (!existsSync(resolve(folder, name, DATABASE))) throw await notFound(folder, name);
}

/** Throws `bad-input` for what is no name of a gallery. */
export function checkGalleryName(name: string): void {
  if (NAME.test(name)) return;
  const rule = 'lower-case letters, digits and `._-`, beginning with a letter or digit, at most 64';
  throw new SinterError('bad-input', `Expected the name of a gallery (${rule}), got \`${name}\`.`);
}

async function notFound(folder: string, name: string): Promise<SinterError> {
  const names = await listGalleries(folder);
  const others = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There are none in it yet.';
  const advice = `Make one with \`sinter index FOLDER --model MODEL --gallery ${name}\`.`;
  return new SinterError('not-found', `There is no gallery \`${name}\` in ${folder}. ${others} ${advice}`);
}

/** The process that removed it has not come to its end, or never will. */
function halfRemoved(name: string, folder: string): SinterError {
  return new SinterError(
    'not-found',
    `Gallery \`${name}\` is being removed. If that was long ago, delete ${folder}.`,
  );
}

function agreeOnModel(store: Store, model: ModelRef, name: string, galleryFolder: string): void {
  const held = store.embeddings.model(store.embeddings.activeModel())!;
  if (held.id !== model.id || held.dim !== model.dim) {
    const [has, asked] = [held, model].map(
      (m) => `${m.id.slice(0, 16)} (${m.folder}, ${m.dim} numbers each)`,
    );
    const advice = `Give that model a gallery of its own with \`--gallery\`, or remove ${galleryFolder} and index again.`;
    const message = `Gallery \`${name}\` holds embeddings of model ${has}, not of ${asked}. ${advice}`;
    throw new SinterError('wrong-model', message);
  }
  const folder = resolve(model.folder);
  if (held.folder !== folder || (model.name ?? held.name) !== held.name)
    store.saveModel({ ...model, folder });
}
