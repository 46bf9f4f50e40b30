/** Opens models and galleries by the names that users give them, and says which there are where a name is unknown. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SinterError } from '../retrieval/errors.ts';
import { openGallery } from '../retrieval/gallery/gallery.ts';
import type { Gallery } from '../retrieval/gallery/item.ts';
import { CARD_FILE } from '../retrieval/model/bundle-format.ts';
import type { Model } from '../retrieval/model/model.ts';
import { type OpenModelOptions, openModel } from '../retrieval/model/open-model.ts';

export type PartsOptions = {
  gallery: string;
  /** Folder that holds the galleries. */
  indexData: string;
  /** Folder of the bundle; default the one that the gallery was made with. */
  model?: string | undefined;
  /** Make the gallery if there is none; needs `model`. */
  create?: boolean;
  /** Where and how the model runs. */
  embedding?: OpenModelOptions;
  /** Told, in a sentence, when the gallery's index had to be mended. */
  warn: (sentence: string) => void;
};

export type Parts = { model: Model; gallery: Gallery; close: () => Promise<void> };

/**
 * Opens a gallery with its model. Throws `not-found` naming what there is, and `wrong-model` where the two do not
 * belong together.
 */
export async function openParts(options: PartsOptions): Promise<Parts> {
  const { model, gallery } = options.model
    ? await openOfModel({ ...options, model: options.model })
    : await openAsMade(options);
  return {
    model,
    gallery,
    close: async () => {
      await gallery.close();
      await model.close();
    },
  };
}

/** Opens the bundle in `folder`. Throws as `openModel` does; where there is none, the message names those beside it. */
export async function openBundle(folder: string, embedding?: OpenModelOptions): Promise<Model> {
  if (existsSync(join(folder, CARD_FILE))) return openModel(folder, embedding);
  const shelf = dirname(folder);
  const names = listBundles(shelf);
  const others =
    names.length > 0
      ? `${shelf} has: ${names.join(', ')}.`
      : `Make one with \`sinter train DATA --out ${folder}\`.`;
  throw new SinterError('not-found', `There is no model in ${folder}. ${others}`);
}

async function openOfModel({
  gallery: name,
  indexData,
  model: folder,
  create,
  embedding,
  warn,
}: PartsOptions & { model: string }) {
  const model = await openBundle(folder, embedding);
  try {
    const ref = { id: model.id, dim: model.card.dim, folder };
    const gallery = await openGallery({ folder: indexData, name, model: ref, create: create === true, warn });
    return { model, gallery };
  } catch (error) {
    await model.close();
    throw error;
  }
}

async function openAsMade({ gallery: name, indexData, embedding, warn }: PartsOptions) {
  const gallery = await openGallery({ folder: indexData, name, warn });
  try {
    return { gallery, model: await openModelOf(gallery, embedding) };
  } catch (error) {
    await gallery.close();
    throw error;
  }
}

async function openModelOf(gallery: Gallery, embedding?: OpenModelOptions): Promise<Model> {
  const { id, folder } = gallery.model;
  const model = await openBundle(folder, embedding);
  if (model.id === id) return model;
  await model.close();
  const [held, found] = [id, model.id].map((hash) => hash.slice(0, 16));
  const advice =
    'Name the bundle that it was made with by --model, or index the images again into another gallery.';
  throw new SinterError(
    'wrong-model',
    `Gallery \`${gallery.name}\` was made with model ${held} of ${folder}, where there is model ${found} now. ${advice}`,
  );
}

function listBundles(shelf: string): string[] {
  const names = existsSync(shelf) ? readdirSync(shelf) : [];
  return names.filter((name) => existsSync(join(shelf, name, CARD_FILE))).sort();
}
