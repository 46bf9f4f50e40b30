/**
 * The models that a server has: bundles on a shelf (a folder of bundles) and those that galleries name. Each is opened
 * when it is first needed, once for all galleries, and stays open until the end.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import { CARD_FILE, type ModelCard } from '../../retrieval/model/bundle-format.ts';
import type { EmbeddedImage, Model } from '../../retrieval/model/model.ts';
import { type OpenModelOptions, openModel } from '../../retrieval/model/open-model.ts';
import { readCard } from '../../retrieval/model/read-card.ts';

/** A bundle that can be opened: its card, and where it is. */
export type Bundle = { folder: string; card: ModelCard };

export type ModelsOptions = {
  /** Folder of bundles, such as `models`. */
  shelf: string;
  embedder?: OpenModelOptions | undefined;
};

type Listener = (model: Model, embedded: EmbeddedImage) => void;

export class Models {
  readonly #shelf: string;
  readonly #embedder: OpenModelOptions | undefined;
  /** By id; each with the folder that it was opened from. */
  readonly #open = new Map<string, { folder: string; model: Promise<Model> }>();

  readonly #listeners: Listener[] = [];

  constructor({ shelf, embedder }: ModelsOptions) {
    this.#shelf = resolve(shelf);
    this.#embedder = embedder;
  }

  /** The bundles on the shelf and those that are open, in order of name; folders whose card is damaged are left out. */
  async bundles(): Promise<Bundle[]> {
    const names = existsSync(this.#shelf) ? await readdir(this.#shelf) : [];
    const folders = names.map((name) => join(this.#shelf, name));
    const opened = [...this.#open.values()].map(({ folder }) => folder);
    const found = await Promise.all([...new Set([...opened, ...folders])].map(readBundle));
    const byId = new Map(
      found.flatMap((bundle) => (bundle ? [[bundle.card.graphSha256, bundle] as const] : [])),
    );
    return [...byId.values()].sort((a, b) => (a.card.name < b.card.name ? -1 : 1));
  }

  /** The bundle of this id or name. Throws `not-found` naming those there are, `conflict` for a name that several have. */
  async find(idOrName: string): Promise<Bundle> {
    const bundles = await this.bundles();
    const found = bundles.filter(({ card }) => card.graphSha256 === idOrName || card.name === idOrName);
    if (found.length > 1) {
      const ids = found.map(({ card }) => card.graphSha256).join(' and ');
      throw new SinterError(
        'conflict',
        `Several models are called "${idOrName}". Name one by its id: ${ids}.`,
      );
    }
    if (found[0]) return found[0];
    const names = bundles.map(({ card }) => card.name).join(', ') || 'none';
    throw new SinterError('not-found', `There is no model "${idOrName}". There are: ${names}.`);
  }

  /** The only bundle there is. Throws `bad-input` where there are several, or none. */
  async only(): Promise<Bundle> {
    const bundles = await this.bundles();
    if (bundles.length === 1) return bundles[0] as Bundle;
    const names = bundles.map(({ card }) => card.name).join(', ');
    const there = names === '' ? 'There is none yet' : `There are: ${names}`;
    throw new SinterError('bad-input', `Expected \`model\`, the name or id of a model. ${there}.`);
  }

  /** Opens a bundle, or gives the model of the same id that is open already. Throws as `openModel` does. */
  async open({ folder, card }: Bundle): Promise<Model> {
    const id = card.graphSha256;
    const known = this.#open.get(id);
    if (known) return known.model;
    const model = openModel(folder, this.#embedder).then((opened) => this.#observed(opened));
    this.#open.set(id, { folder, model });
    model.catch(() => this.#open.delete(id));
    return model;
  }

  /** The model that a gallery was made with: in the folder that it remembers, or wherever on the shelf it is now. */
  async ofGallery({ id, folder }: { id: string; folder: string }, gallery: string): Promise<Model> {
    const known = this.#open.get(id);
    if (known) return known.model;
    const there = await readBundle(folder);
    if (there?.card.graphSha256 === id) return this.open(there);
    const elsewhere = (await this.bundles()).find(({ card }) => card.graphSha256 === id);
    if (elsewhere) return this.open(elsewhere);
    const now = there ? `, where there is model ${there.card.graphSha256.slice(0, 16)} now` : '';
    const made = `Gallery \`${gallery}\` was made with model ${id.slice(0, 16)} of ${folder}${now}`;
    const advice = `Put that bundle into ${this.#shelf}, or index the images again into another gallery.`;
    throw new SinterError(
      there ? 'wrong-model' : 'not-found',
      `${made}. It is not in ${this.#shelf} either. ${advice}`,
    );
  }

  /** Takes a model that is open already; it belongs to the server from then on. */
  adopt(model: Model, folder: string): void {
    this.#open.set(model.id, { folder, model: Promise.resolve(this.#observed(model)) });
  }

  /** Tells `listener` of every image that any of the models embeds from now on. */
  observe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** The models that are open, once those being opened are. */
  async opened(): Promise<Model[]> {
    const opening = await Promise.allSettled([...this.#open.values()].map(({ model }) => model));
    return opening.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  #observed(model: Model): Model {
    model.observe((embedded) => {
      for (const listener of this.#listeners) listener(model, embedded);
    });
    return model;
  }

  async close(): Promise<void> {
    const opened = [...this.#open.values()];
    this.#open.clear();
    for (const { model } of opened) await model.then((open) => open.close()).catch(() => {});
  }
}

async function readBundle(folder: string): Promise<Bundle | undefined> {
  if (!existsSync(join(folder, CARD_FILE))) return undefined;
  return readCard(folder).then(
    (card) => ({ folder, card }),
    () => undefined,
  );
}
