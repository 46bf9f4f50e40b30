/** `sinter search`: the nearest neighbours of an image in a gallery. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Hit } from '../../retrieval/gallery/item.ts';
import type { EmbeddedImage } from '../../retrieval/model/model.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer, share } from '../terminal/print-answer.ts';
import { table } from '../terminal/table.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOfOne } from './embedding-options.ts';
import { example, galleryOption, indexDataOption, jsonOption, modelOption } from './shared-options.ts';

type SearchOptions = EmbeddingOptions & {
  gallery: string;
  k: number;
  indexData: string;
  model?: string;
  json?: true;
};

type Result = {
  rank: number;
  similarity: number;
  label: string | null;
  id: string;
  path: string;
  metadata: Record<string, unknown>;
};

type Answer = {
  results: Result[];
  query: string;
  gallery: string;
  model: { id: string; name: string; dim: number };
  timings: EmbeddedImage['timings'] & { searchMs: number };
};

export function searchCommand(): Command {
  const command = new Command('search')
    .summary('find the neighbours of an image')
    .description('Find the images of a gallery that are most similar to an image.')
    .argument('<image>', 'image file to search with')
    .addOption(galleryOption())
    .option('--k <count>', 'how many neighbours', wholeNumber('--k', 1, 1000), 10)
    .addOption(modelOption())
    .addOption(indexDataOption());
  return addEmbeddingOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', example('sinter search query.jpg --gallery shop --k 5'))
    .action(async (image: string, options: SearchOptions) => {
      printAnswer(options.json, await search(image, options), describe);
    });
}

async function search(image: string, options: SearchOptions): Promise<Answer> {
  const { gallery: name, k, indexData, model } = options;
  const bytes = await readImage(image);
  const { openParts } = await import('../open-parts.ts');
  const warn = (sentence: string) => console.error(`warning: ${sentence}`);
  const embedding = embeddingOfOne(options);
  const parts = await openParts({ gallery: name, indexData, model, embedding, warn });
  try {
    const { vector, timings } = await parts.model.embedImage(bytes);
    const start = performance.now();
    const hits = await parts.gallery.search(vector, k);
    const searchMs = performance.now() - start;
    const { id, card } = parts.model;
    return {
      results: hits.map(toResult),
      query: image,
      gallery: name,
      model: { id, name: card.name, dim: card.dim },
      timings: { ...timings, searchMs },
    };
  } finally {
    await parts.close();
  }
}

function toResult({ item, similarity }: Hit, i: number): Result {
  const { label, id, source: path, metadata } = item;
  return { rank: i + 1, similarity, label, id, path, metadata };
}

async function readImage(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new SinterError('not-found', `There is no image ${path}.`);
    if (code === 'EISDIR') throw new SinterError('bad-input', `Expected an image file; ${path} is a folder.`);
    throw new SinterError('bad-input', `${path} cannot be read: ${message}.`, { cause: error });
  }
}

const COLUMNS = [
  { title: 'rank', align: 'right' },
  { title: 'similarity', align: 'right' },
  { title: 'label' },
  { title: 'id' },
  { title: 'path' },
] as const;

function describe({ results, gallery }: Answer): string {
  if (results.length === 0) return `Gallery ${gallery} is empty.`;
  const rows = results.map(({ rank, similarity, label, id, path }) => [
    String(rank),
    share(similarity),
    label ?? '-',
    id,
    path,
  ]);
  return table(COLUMNS, rows);
}
