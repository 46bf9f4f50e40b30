/** `sinter thresholds`: from which similarity on a neighbour in a gallery counts as a match. */
import { Command } from 'commander';
import type { Threshold } from '../../retrieval/audit/learn-thresholds.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import { count } from '../../retrieval/report/words.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { shareBelowOne } from '../terminal/option-parsers.ts';
import { printAnswer, share } from '../terminal/print-answer.ts';
import { table } from '../terminal/table.ts';
import { example, galleryOption, indexDataOption, jsonOption } from './shared-options.ts';

type ThresholdOptions = {
  gallery: string;
  indexData: string;
  falseMatchRate: number;
  maybeRate: number;
  store?: true;
  json?: true;
};

type Row = Threshold & { /** Share of wrong neighbours that is allowed. */ rate: number };
type Answer = {
  gallery: string;
  model: string;
  /** Labelled items, and neighbours of theirs, that were looked at. */
  items: number;
  pairs: number;
  match: Row;
  maybe: Row;
  /** What other rates would give. */
  curve: Row[];
  stored: boolean;
};

const RATES = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

const DESCRIPTION = `Learn from the labels of a gallery from which similarity on neighbours are right: every labelled item is searched among the others, and of its neighbours at and above the threshold at most the share --false-match-rate is of another label.

With --store the thresholds stay with the gallery, and each result of a search then says match, maybe or no match. They hold for the model that they were learned with.`;

const IF_STOPPED = 'Nothing is stored: the same command begins again.';

export function thresholdsCommand(): Command {
  return new Command('thresholds')
    .summary('learn when a neighbour is a match')
    .description(DESCRIPTION)
    .addOption(galleryOption())
    .option(
      '--false-match-rate <share>',
      'wrong ones among matches, at most',
      shareBelowOne('--false-match-rate'),
      0.01,
    )
    .option(
      '--maybe-rate <share>',
      'wrong ones among matches and maybes, at most',
      shareBelowOne('--maybe-rate'),
      0.2,
    )
    .option('--store', 'keep the thresholds with the gallery, for searches')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText('after', example('sinter thresholds --gallery shop --false-match-rate 0.01 --store'))
    .action(async (options: ThresholdOptions) => {
      printAnswer(options.json, await learn(options), describe);
    });
}

async function learn(options: ThresholdOptions): Promise<Answer> {
  const { falseMatchRate, maybeRate, store = false } = options;
  if (maybeRate < falseMatchRate)
    throw new SinterError(
      'bad-input',
      `Expected --maybe-rate to be at least --false-match-rate (${falseMatchRate}), got ${maybeRate}.`,
    );
  const { openGallery } = await import('../../retrieval/gallery/gallery.ts');
  const { rankPairs, thresholdAt } = await import('../../retrieval/audit/learn-thresholds.ts');
  const { storeThresholds } = await import('../../retrieval/gallery/thresholds.ts');
  return runLongTask(IF_STOPPED, async ({ work, warn }) => {
    const gallery = await openGallery({ folder: options.indexData, name: options.gallery, warn });
    try {
      const set = await labelledSet(gallery);
      const pairs = await rankPairs(set, work);
      const row = (rate: number): Row => ({ rate, ...thresholdAt(pairs, rate) });
      const [match, maybe] = [row(falseMatchRate), row(maybeRate)];
      const counts = { items: set.labels.length, pairs: pairs.similarities.length };
      const learned = { model: gallery.model.id, match: match.similarity, maybe: maybe.similarity };
      if (store) storeThresholds(gallery, { ...learned, falseMatchRate, maybeRate, ...counts });
      const about = { gallery: gallery.name, model: gallery.model.name, ...counts };
      return { ...about, match, maybe, curve: RATES.map(row), stored: store };
    } finally {
      await gallery.close();
    }
  });
}

/** The items that have a label, with their embeddings by the active model. */
async function labelledSet(gallery: Gallery) {
  const { dim } = gallery.model;
  const labelOf = new Map<string, string>();
  for (const { id, label } of gallery.items()) if (label !== null) labelOf.set(id, label);
  const vectors = new Float32Array(labelOf.size * dim);
  const labels: string[] = [];
  for await (const { ids, vectors: some } of gallery.embeddings())
    ids.forEach((id, row) => {
      const label = labelOf.get(id);
      if (label === undefined) return;
      vectors.set(some.subarray(row * dim, (row + 1) * dim), labels.push(label) * dim - dim);
    });
  return { vectors: vectors.subarray(0, labels.length * dim), dim, labels };
}

function describe({ gallery, model, items, pairs, match, maybe, curve, stored }: Answer): string {
  const columns = [
    { title: 'wrong, at most' },
    { title: 'similarity', align: 'right' },
    { title: 'right ones found', align: 'right' },
  ] as const;
  const cells = ({ rate, similarity, found }: Row) => [
    String(rate),
    similarity === null ? 'none' : similarity.toFixed(4),
    share(found),
  ];
  const said = ({ similarity }: Row) =>
    similarity === null ? 'at no similarity' : `from ${similarity.toFixed(4)} on`;
  return [
    `${count(pairs, 'neighbour')} of ${count(items)} labelled items of ${gallery}, by the model ${model}:`,
    table(columns, curve.map(cells)),
    '',
    `match ${said(match)} (${share(match.found)} of the right ones), maybe ${said(maybe)} (${share(maybe.found)}).`,
    stored
      ? `Kept with the gallery: searches say match, maybe or no match.`
      : `Nothing was kept; add --store for searches to use them.`,
  ].join('\n');
}
