/**
 * The bench `overhead`: whole requests to a running server against what they cannot do without (decode, embed, search the
 * index) by the same functions alone. What lies between is HTTP, the form, SQLite and JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { openHnswIndex } from '../../retrieval/index/hnsw.ts';
import { openModel } from '../../retrieval/model/open-model.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import type { Finding } from './finding.ts';
import { inPairs, medianRatio, quantile, timed } from './in-pairs.ts';
import { startServer } from './measured-server.ts';
import { openSearchClient, type SearchClient, type Timings } from './search-client.ts';
import { makeGallery, readGallery, type Searched } from './searched-gallery.ts';

export type OverheadBench = {
  /** Items of the gallery that is made for the bench. */
  items: number;
  /** A gallery of `indexData` to search instead; the queries are images of it. */
  gallery?: string | undefined;
  indexData: string;
  pairs: number;
  k: number;
  seed: number;
};

/** In ms. */
const BAR = 2;
/** A server that has just started is slower: it takes some thousand requests until V8 has compiled what they run through. */
const WARM_UP = 1500;

export async function overheadBench(options: OverheadBench, work: LongWork = {}): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  try {
    const searched = options.gallery
      ? await readGallery(options.indexData, options.gallery, options.seed)
      : await makeGallery(folder, options, work);
    const alone = await openAlone(searched, options.k);
    const server = await startServer(searched);
    const client = openSearchClient(server.url, options.k);
    try {
      return await compare(options, searched, alone, client, work);
    } finally {
      client.close();
      await server.close();
      await alone.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(
  { pairs, k }: OverheadBench,
  { queries, items }: Searched,
  alone: Alone,
  client: SearchClient,
  work: LongWork,
): Promise<Finding> {
  const query = (round: number) => queries[round % queries.length] as Uint8Array;
  const told: { whole: Timings[]; alone: Timings[] } = { whole: [], alone: [] };
  const whole = async (round: number) => {
    const { ms, timings } = await client.search(query(round));
    told.whole.push(timings);
    return ms;
  };
  const parts = async (round: number) => {
    const timings = await alone.search(query(round));
    told.alone.push(timings);
    return timings.totalMs;
  };
  await inPairs('warming up', WARM_UP, whole, parts, work);
  for (const side of Object.values(told)) side.length = 0;
  const measured = await inPairs('searching', pairs, whole, parts, work);
  const [p50, aloneP50] = [quantile(measured.ours, 0.5), quantile(measured.theirs, 0.5)];
  const ratio = p50 / aloneP50;
  return {
    bench: 'overhead',
    peer: 'decode + embed + HNSW alone',
    ratio,
    claims: [
      { what: 'p50 of a whole request less that of its parts alone, ms', value: p50 - aloneP50, atMost: BAR },
    ],
    figures: {
      'request p10 ms': quantile(measured.ours, 0.1),
      'alone p10 ms': quantile(measured.theirs, 0.1),
      'request p50 ms': p50,
      'request p95 ms': quantile(measured.ours, 0.95),
      'alone p50 ms': aloneP50,
      'alone p95 ms': quantile(measured.theirs, 0.95),
      'median ratio of pairs': medianRatio(measured),
      ...partsOf('request', told.whole),
      ...partsOf('alone', told.alone),
      items,
      k,
      pairs,
    },
  };
}

/** The middle of each timing. */
function partsOf(side: string, timings: Timings[]): Record<string, number> {
  const names = ['decodeMs', 'embedMs', 'searchMs', 'totalMs'] as const;
  return Object.fromEntries(
    names.map((name) => [
      `${side} ${name}`,
      quantile(
        timings.map((each) => each[name]),
        0.5,
      ),
    ]),
  );
}

type Alone = { search(image: Uint8Array): Promise<Timings>; close(): Promise<void> };

/** The very functions that the server calls, on the same files, in this process. */
async function openAlone({ indexData, gallery: name }: Searched, k: number): Promise<Alone> {
  const gallery = await openGallery({ folder: indexData, name });
  const { id, dim, folder } = gallery.model;
  await gallery.close();
  const model = await openModel(folder);
  const path = resolve(indexData, name, `hnsw-${id.slice(0, 16)}.bin`);
  const index = await openHnswIndex({ dim, file: { path, modelId: id } });
  return {
    search: async (image) => {
      const start = performance.now();
      const { vector, timings } = await model.embedImage(image);
      const searchMs = await timed(() => index.search(vector, k));
      return { ...timings, searchMs, totalMs: performance.now() - start };
    },
    close: async () => {
      await index.close();
      await model.close();
    },
  };
}
