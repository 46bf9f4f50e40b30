/** Opens what `sinter serve` serves: the galleries of a folder, or some of them, with their models. */
import { dirname } from 'node:path';
import { SinterError } from '../retrieval/errors.ts';
import { listGalleries } from '../retrieval/gallery/gallery.ts';
import type { OpenModelOptions } from '../retrieval/model/open-model.ts';
import { Galleries, type ServedGallery } from '../server/galleries/galleries.ts';
import { Models } from '../server/models/models.ts';

export type ServedOptions = {
  /** Folder that holds the galleries. */
  indexData: string;
  /** Folder that holds the bundles. */
  shelf: string;
  /** How models run; default: as it was found best for this machine. */
  embedder?: OpenModelOptions | undefined;
  /** Names of galleries to serve alone. */
  only?: readonly string[] | undefined;
  /** Told, in a sentence, when a gallery's index had to be mended, or a gallery cannot be served. */
  warn: (sentence: string) => void;
};

export type Served = { galleries: Galleries; models: Models; opened: ServedGallery[] };

/**
 * Opens all at once, so that the first search does not wait and what is wrong is said at the start. A gallery that was
 * named must open; among all of a folder one that does not is told of and left out for now.
 */
export async function openServed({ indexData, shelf, embedder, only, warn }: ServedOptions): Promise<Served> {
  await requireAll(indexData, only ?? []);
  const models = new Models({ shelf, embedder });
  const galleries = new Galleries({ folder: indexData, models, only, warn });
  const opened: ServedGallery[] = [];
  try {
    for (const name of await galleries.names()) {
      const served = await galleries.get(name).catch((error: Error) => {
        if (only) throw error;
        warn(`Gallery \`${name}\` cannot be served: ${error.message}`);
      });
      if (served) opened.push(served);
    }
  } catch (error) {
    await galleries.close();
    await models.close();
    throw error;
  }
  return { galleries, models, opened };
}

/** A gallery and a model that are open already, to be served alone. */
export function adoptServed({ indexData, gallery, model }: ServedGallery & { indexData: string }) {
  const models = new Models({ shelf: dirname(gallery.model.folder) });
  const galleries = new Galleries({ folder: indexData, models, only: [gallery.name] });
  galleries.adopt({ gallery, model });
  return { galleries, models };
}

async function requireAll(indexData: string, only: readonly string[]): Promise<void> {
  const names = await listGalleries(indexData);
  const missing = only.find((name) => !names.includes(name));
  if (missing === undefined) return;
  const others = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There are none in it yet.';
  const advice = `Make one with \`sinter index FOLDER --model MODEL --gallery ${missing}\`.`;
  throw new SinterError(
    'not-found',
    `There is no gallery \`${missing}\` in ${indexData}. ${others} ${advice}`,
  );
}
