/**
 * The bench `indexing`: JPEG files into a gallery, against the limit of the machine. Rounds of both sides take turns, so
 * that whatever else the machine does slows both.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import type { Finding } from './finding.ts';
import { quantile } from './in-pairs.ts';
import type { Begin, Indexed } from './indexing-process.ts';
import { readJpegs, writeCopies } from './jpeg-files.ts';
import { type Limit, openLimit } from './limit.ts';
import { type MeasuredModel, measuredModel } from './measured-model.ts';

export type IndexingBench = {
  /** JPEGs that are indexed. */
  images: number;
  /** Turns of each side. */
  rounds: number;
  imagesFrom?: string | undefined;
  model?: string | undefined;
  seed: number;
};

export const INDEXING_DEFAULTS = { images: 50_000, rounds: 10 };

const BAR = 0.9;
/** How much more memory may be in use at the end than after a fifth of the images: the index itself grows, too. */
const MOST_GROWTH = 1.15;
/** Images of a round that the limit is measured on. */
const SAMPLE = 400;
const MOST_ORIGINALS = 5000;
const MODULE = fileURLToPath(new URL('./indexing-process.ts', import.meta.url));

type Round = Indexed & { limit: { decodeMs: number; runMs: number; cpuMs: number } };

export async function indexingBench(options: IndexingBench, work: LongWork = {}): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  try {
    const originals = await readJpegs(options, MOST_ORIGINALS);
    const model = await measuredModel(options.model, { folder, seed: options.seed });
    const limit = await openLimit(model, originals);
    const indexing = await startIndexing({ model: model.folder, indexData: join(folder, 'index-data') });
    try {
      const rounds = await takeTurns(options, { folder, originals, limit, indexing }, work);
      return findingOf(rounds, originals, model);
    } finally {
      indexing.kill();
      await limit.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function takeTurns(
  { images, rounds }: IndexingBench,
  {
    folder,
    originals,
    limit,
    indexing,
  }: { folder: string; originals: Buffer[]; limit: Limit; indexing: ChildProcess },
  work: LongWork,
): Promise<Round[]> {
  const done: Round[] = [];
  const count = Math.ceil(images / rounds);
  for (let round = 0; round < rounds; round++) {
    stopIfAborted(work.signal);
    const photos = join(folder, `photos-${round}`);
    await writeCopies(originals, { folder: photos, from: round * count, count }, work);
    const sample = await readSome(photos);
    const before = round % 2 === 0 ? await limit.measure(sample) : undefined;
    const indexed = await index(indexing, photos);
    done.push({ ...indexed, limit: before ?? (await limit.measure(sample)) });
    await rm(photos, { recursive: true });
    work.onProgress?.({ stage: 'indexing', done: (round + 1) * count, total: rounds * count });
  }
  return done;
}

async function startIndexing(begin: Begin): Promise<ChildProcess> {
  const tsx = ['--import', import.meta.resolve('tsx')];
  const child = fork(MODULE, [JSON.stringify(begin)], {
    execArgv: tsx,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function index(child: ChildProcess, photos: string): Promise<Indexed> {
  child.send(photos);
  const [indexed] = (await once(child, 'message')) as [Indexed];
  return indexed;
}

async function readSome(folder: string): Promise<Buffer[]> {
  const names = (await readdir(folder)).slice(0, SAMPLE);
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

function findingOf(rounds: Round[], originals: Buffer[], model: MeasuredModel): Finding {
  const middle = (of: (round: Round) => number) => quantile(rounds.map(of), 0.5);
  const share = middle(({ ms, images, limit }) => (limit.decodeMs + limit.runMs) / (ms / images));
  const early = memoryAround(rounds, Math.ceil(rounds.length / 5) - 1);
  const late = memoryAround(rounds, rounds.length - 1);
  const images = rounds.reduce((sum, each) => sum + each.images, 0);
  return {
    bench: 'indexing',
    peer: 'decoding alone + running the graph alone, each with all cores',
    ratio: 1 / share,
    claims: [
      { what: 'share of the limit that indexing reaches', value: share, atLeast: BAR },
      { what: 'memory at the end, against that after a fifth', value: late / early, atMost: MOST_GROWTH },
    ],
    figures: {
      'images a second': 1000 / middle(({ ms, images }) => ms / images),
      'limit, images a second': 1000 / middle(({ limit }) => limit.decodeMs + limit.runMs),
      'decode alone, ms an image': middle(({ limit }) => limit.decodeMs),
      'run alone, ms an image': middle(({ limit }) => limit.runMs),
      'share of the limit by processor time': middle(
        ({ cpuMs, images, limit }) => limit.cpuMs / (cpuMs / images),
      ),
      'memory after a fifth, MB': early / 1e6,
      'memory at the end, MB': late / 1e6,
      'kilobytes a JPEG': originals.reduce((sum, { length }) => sum + length, 0) / originals.length / 1000,
      'side of the input': model.rule.crop,
      dim: model.dim,
      images,
    },
  };
}

/** The middle one of three rounds, in bytes: garbage that is not collected yet comes and goes from round to round. */
function memoryAround(rounds: Round[], at: number): number {
  const from = Math.max(0, Math.min(at - 1, rounds.length - 3));
  return quantile(
    rounds.slice(from, from + 3).map(({ rssBytes }) => rssBytes),
    0.5,
  );
}
