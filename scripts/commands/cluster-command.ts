/** `sinter cluster`: the clusters of a gallery, its near duplicates and its map. */
import { Command, Option } from 'commander';
import { SELECTIONS, type Selection } from '../../retrieval/cluster/density.ts';
import type { ClusterMethod } from '../../retrieval/cluster/find-clusters.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { RunReport } from '../../retrieval/gallery/cluster-embeddings.ts';
import type { GalleryCluster } from '../../retrieval/gallery/gallery-clusters.ts';
import type { DuplicateItems, DuplicatesReport } from '../../retrieval/gallery/gallery-duplicates.ts';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { count } from '../../retrieval/report/words.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { shareBelowOne, wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer, share } from '../terminal/print-answer.ts';
import { table } from '../terminal/table.ts';
import { example, galleryOption, indexDataOption, jsonOption } from './shared-options.ts';

type ClusterOptions = {
  gallery: string;
  indexData: string;
  method: ClusterMethod['name'];
  k?: number;
  restarts?: number;
  iterations?: number;
  minClusterSize?: number;
  minSamples?: number;
  selection?: Selection;
  seed: number;
  duplicates?: number;
  map?: true;
  json?: true;
};

type Answer = RunReport & {
  gallery: string;
  method: ClusterMethod;
  found: GalleryCluster[];
  duplicates?: DuplicatesReport & { threshold: number; found: DuplicateItems[] };
  map?: { items: number };
};

const DESCRIPTION = `Cluster the items of a gallery by their embeddings.

k-means makes k clusters, or as many as have the best silhouette; every item is in one. density (HDBSCAN) finds how many there are, and leaves out what lies nowhere dense. Clusters that stay mostly the same keep their id and name from run to run, and what was merged stays merged.`;

const IF_STOPPED = 'Clusters are as before: the same command begins again.';
const most = 2 ** 31 - 1;

export function clusterCommand(): Command {
  return new Command('cluster')
    .summary('find clusters, duplicates and a map of a gallery')
    .description(DESCRIPTION)
    .addOption(galleryOption())
    .addOption(
      new Option('--method <name>', 'how clusters are found')
        .choices(['k-means', 'density'])
        .default('k-means'),
    )
    .option('--k <count>', 'k-means: how many clusters (default: chosen)', wholeNumber('--k', 1, most))
    .option(
      '--restarts <count>',
      'k-means: beginnings, of which the best is kept (default: 1)',
      wholeNumber('--restarts', 1, 1000),
    )
    .option(
      '--iterations <count>',
      'k-means: most rounds of a beginning (default: 25)',
      wholeNumber('--iterations', 1, 10_000),
    )
    .option(
      '--min-cluster-size <count>',
      'density: the fewest items of a cluster (default: 5)',
      wholeNumber('--min-cluster-size', 2, most),
    )
    .option(
      '--min-samples <count>',
      'density: more leaves out more (default: as --min-cluster-size)',
      wholeNumber('--min-samples', 1, 1000),
    )
    .addOption(
      new Option(
        '--selection <name>',
        'density: the clusters that last longest, or small ones (default: excess-of-mass)',
      ).choices(SELECTIONS),
    )
    .option(
      '--duplicates <cosine>',
      'look for near duplicates too, from this similarity on, such as 0.95',
      shareBelowOne('--duplicates'),
    )
    .option('--map', 'draw the map of the gallery too')
    .option('--seed <number>', 'decides everything that is random', wholeNumber('--seed', 0, most), 1)
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'sinter cluster --gallery shop',
        'sinter cluster --gallery shop --method density --min-cluster-size 8 --duplicates 0.95 --map',
      ),
    )
    .action(async (options: ClusterOptions) => {
      printAnswer(options.json, await cluster(options), describe);
    });
}

function cluster(options: ClusterOptions): Promise<Answer> {
  const method = methodOf(options);
  return runLongTask(IF_STOPPED, async ({ work, warn }) => {
    const { openGallery } = await import('../../retrieval/gallery/gallery.ts');
    const gallery = await openGallery({ folder: options.indexData, name: options.gallery, warn });
    try {
      const report = await gallery.clusters.run(method, work);
      const found = (await gallery.clusters.all())?.clusters ?? [];
      return {
        gallery: gallery.name,
        method,
        ...report,
        ...(await alsoAsked(gallery, options, work)),
        found,
      };
    } finally {
      await gallery.close();
    }
  });
}

/** Throws `bad-input` for an option of the other method. */
function methodOf({
  method,
  seed,
  k,
  restarts,
  iterations,
  minClusterSize,
  minSamples,
  selection,
}: ClusterOptions): ClusterMethod {
  const ofKMeans = { k, restarts, iterations };
  const ofDensity = { minClusterSize, minSamples, selection };
  const others = Object.entries(method === 'k-means' ? ofDensity : ofKMeans).filter(
    ([, value]) => value !== undefined,
  );
  if (others.length > 0) {
    const names = others.map(
      ([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    );
    throw new SinterError(
      'bad-input',
      `Expected options of --method ${method}; got ${names.join(' and ')}, of the other.`,
    );
  }
  const given = Object.entries(method === 'k-means' ? ofKMeans : ofDensity).filter(
    ([, value]) => value !== undefined,
  );
  const chosen = Object.fromEntries(given);
  return method === 'k-means' ? { name: method, seed, ...chosen } : { name: method, ...chosen };
}

async function alsoAsked(
  gallery: Gallery,
  { duplicates: threshold, map, seed }: ClusterOptions,
  work: LongWork,
) {
  const duplicates = threshold === undefined ? undefined : await gallery.duplicates.run({ threshold }, work);
  const drawn = map && (await gallery.map.run(seed, work));
  const found = duplicates ? (gallery.duplicates.page(0, duplicates.groups)?.groups ?? []) : [];
  return {
    ...(duplicates && threshold !== undefined && { duplicates: { threshold, ...duplicates, found } }),
    ...(drawn && { map: drawn }),
  };
}

const SHOWN = 20;
const COLUMNS = [
  { title: 'cluster', align: 'right' },
  { title: 'items', align: 'right' },
  { title: 'cohesion', align: 'right' },
  { title: 'name, or label of most' },
  { title: 'in its middle' },
] as const;

function describe({
  gallery,
  found,
  items,
  clusters,
  kept,
  noise,
  cohesion,
  duplicates,
  map,
}: Answer): string {
  const rows = found
    .slice(0, SHOWN)
    .map((one) => [String(one.id), count(one.size), share(one.cohesion), nameOf(one), one.medoid]);
  const left = noise > 0 ? `, ${count(noise)} in none` : '';
  const before = kept > 0 ? ` ${count(kept)} go on from the run before.` : '';
  return [
    `Gallery ${gallery}: ${count(items, 'item')} in ${count(clusters, 'cluster')}${left}; cohesion ${share(cohesion)}.${before}`,
    ...(rows.length > 0 ? ['', table(COLUMNS, rows)] : []),
    ...(found.length > SHOWN ? [`and ${count(found.length - SHOWN)} more (--json has them all)`] : []),
    ...(duplicates
      ? [
          '',
          `${count(duplicates.duplicates, 'near duplicate')} in ${count(duplicates.groups, 'group')}, from a similarity of ${duplicates.threshold} on.`,
        ]
      : []),
    ...(map ? ['', `The map has ${count(map.items, 'point')}.`] : []),
  ].join('\n');
}

function nameOf({ name, suggestion }: GalleryCluster): string {
  if (name !== null) return name;
  return suggestion ? `${suggestion.label} (${suggestion.votes} of ${suggestion.labelled})` : '-';
}
