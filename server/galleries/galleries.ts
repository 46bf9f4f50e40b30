/**
 * The galleries that a server serves, each with its model: opened when they are first asked for, made and removed while
 * it runs. Knows nothing of HTTP.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import { listGalleries, openGallery } from '../../retrieval/gallery/gallery.ts';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import type { Model } from '../../retrieval/model/model.ts';
import type { Bundle, Models } from '../models/models.ts';

export type ServedGallery = { readonly gallery: Gallery; readonly model: Model };

export type GalleriesOptions = {
  /** The folder that holds the galleries, such as `index-data`. */
  folder: string;
  models: Models;
  /** Serve these alone, beside those that are made while the server runs; default: all that are in the folder. */
  only?: readonly string[] | undefined;
  /** Told, in a sentence, when a gallery's index had to be mended. */
  warn?: (sentence: string) => void;
};

const LISTED_FOR_MS = 1000;

export class Galleries {
  readonly #folder: string;
  readonly #models: Models;
  readonly #only: Set<string> | undefined;
  readonly #warn: (sentence: string) => void;
  readonly #open = new Map<string, Promise<ServedGallery>>();
  #listed: { at: number; names: Promise<string[]> } | undefined;

  constructor({ folder, models, only, warn = () => {} }: GalleriesOptions) {
    this.#folder = resolve(folder);
    this.#models = models;
    this.#only = only && new Set(only);
    this.#warn = warn;
  }

  /** The names of the galleries that are served, open or not, in order. */
  async names(): Promise<string[]> {
    return [...(this.#only ?? (await this.#onDisk()))].sort();
  }

  /** The gallery of this name, opened if need be. Throws `not-found`, and as opening a gallery and its model does. */
  async get(name: string): Promise<ServedGallery> {
    const opened = this.#open.get(name);
    if (opened && (await opened).gallery.isRemoved()) await this.#forget(name, opened);
    const served = await (this.#open.get(name) ?? this.#keep(name, this.#openServed(name)));
    return served.gallery.model.id === served.model.id ? served : this.#follow(served.gallery);
  }

  /** The galleries that are open, once those being opened are. */
  async opened(): Promise<ServedGallery[]> {
    const there: ServedGallery[] = [];
    for (const [name, opening] of [...this.#open]) {
      const served = await opening.catch(() => undefined);
      if (served?.gallery.isRemoved()) await this.#forget(name, opening);
      else if (served) there.push(served);
    }
    return there;
  }

  /** The name of the only gallery there is. Throws `bad-input` where there are several, or none. */
  async only(): Promise<string> {
    const names = await this.names();
    if (names.length === 1) return names[0] as string;
    const there = names.length === 0 ? 'There is none yet' : `There are: ${names.join(', ')}`;
    throw new SinterError('bad-input', `Expected \`gallery\`, the name of a gallery. ${there}.`);
  }

  /** Makes an empty gallery for a model. Throws `conflict` where there is one of that name, `bad-input` for a bad name. */
  async create(name: string, bundle: Bundle): Promise<ServedGallery> {
    if (this.#open.has(name) || (await listGalleries(this.#folder)).includes(name)) {
      throw new SinterError('conflict', `There is a gallery "${name}" already.`);
    }
    const made = await this.#keep(name, this.#make(name, bundle));
    this.#only?.add(name);
    this.#listed = undefined;
    return made;
  }

  /**
   * Lets a gallery be searched by another model that it has the embeddings of, from the next search on; the one before
   * stays and can be switched back to. Throws `conflict` while items lack an embedding.
   */
  async switchModel(name: string, bundle: Bundle): Promise<void> {
    const { gallery } = await this.get(name);
    const { id } = await this.#models.open(bundle);
    if (!gallery.models().some((held) => held.id === id)) {
      const lacks = `Gallery ${name} has no embeddings by the model ${bundle.card.name} yet`;
      throw new SinterError('conflict', `${lacks}. Start a job of the kind re-embed first.`);
    }
    await gallery.activate(id);
  }

  /** Closes a gallery and deletes its folder. Images that were indexed where they lie stay there. */
  async remove(name: string): Promise<void> {
    const { gallery } = await this.get(name);
    this.#open.delete(name);
    this.#only?.delete(name);
    gallery.markRemoved();
    await gallery.close();
    await rm(join(this.#folder, name), { recursive: true });
    this.#listed = undefined;
  }

  /** Takes a gallery and a model that are open already; both belong to the server from then on. */
  adopt(served: ServedGallery): void {
    this.#models.adopt(served.model, served.gallery.model.folder);
    this.#open.set(served.gallery.name, Promise.resolve(served));
  }

  async close(): Promise<void> {
    const opened = [...this.#open.values()];
    this.#open.clear();
    for (const served of opened) await served.then(({ gallery }) => gallery.close()).catch(() => {});
  }

  /** Searches that name no gallery ask each time: the folder is read anew once a second. */
  #onDisk(): Promise<string[]> {
    const now = performance.now();
    if (!this.#listed || now - this.#listed.at > LISTED_FOR_MS) {
      this.#listed = { at: now, names: listGalleries(this.#folder) };
    }
    return this.#listed.names;
  }

  /** One that fails to open is tried again when it is next asked for. */
  #keep(name: string, opening: Promise<ServedGallery>): Promise<ServedGallery> {
    this.#open.set(name, opening);
    opening.catch(() => this.#open.delete(name));
    return opening;
  }

  /** Closes a gallery that another process has removed; there may be a new one of that name. */
  async #forget(name: string, opened: Promise<ServedGallery>): Promise<void> {
    if (this.#open.get(name) !== opened) return;
    this.#open.delete(name);
    this.#listed = undefined;
    // What it would save has no folder any more.
    await (await opened).gallery.close().catch(() => {});
  }

  /** A gallery that has switched to another model, by whatever process, is served with that one from then on. */
  async #follow(gallery: Gallery): Promise<ServedGallery> {
    const served = { gallery, model: await this.#models.ofGallery(gallery.model, gallery.name) };
    this.#open.set(gallery.name, Promise.resolve(served));
    return served;
  }

  async #openServed(name: string): Promise<ServedGallery> {
    const isServed = this.#only?.has(name) ?? true;
    if (!isServed || !(await listGalleries(this.#folder)).includes(name)) {
      throw new SinterError('not-found', `There is no gallery "${name}".`);
    }
    const gallery = await openGallery({ folder: this.#folder, name, warn: this.#warn });
    try {
      return { gallery, model: await this.#models.ofGallery(gallery.model, name) };
    } catch (error) {
      await gallery.close();
      throw error;
    }
  }

  async #make(name: string, { folder, card }: Bundle): Promise<ServedGallery> {
    const model = await this.#models.open({ folder, card });
    const ref = { id: model.id, dim: card.dim, folder };
    const options = { folder: this.#folder, name, model: ref, create: true, warn: this.#warn };
    return { gallery: await openGallery(options), model };
  }
}
