/**
 * The bench `hnsw`: how much of the truth the index finds, how fast it is filled and searched beside hnswlib's own Python
 * binding with the same knobs, and whether its memory stays flat under searches.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusteredVectors } from '../../retrieval/index/clustered-vectors.test-helper.ts';
import { createExactIndex } from '../../retrieval/index/exact.ts';
import { type HnswIndex, openHnswIndex } from '../../retrieval/index/hnsw.ts';
import { checkSavedGraph } from '../../retrieval/index/hnsw-file.ts';
import { HnswGraph } from '../../retrieval/index/hnsw-graph.ts';
import { DEFAULT_SETTINGS, type HnswSettings } from '../../retrieval/index/hnsw-settings.ts';
import { meanRecall, shareFound } from '../../retrieval/index/recall-check.ts';
import type { Neighbour, Slot, VectorIndex } from '../../retrieval/index/vector-index.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Claim, Finding } from './finding.ts';
import { inPairs, medianRatio, type Pairs, quantile, timed } from './in-pairs.ts';
import { type Peer, startPeer } from './peer.ts';

export type HnswBench = {
  /** Vectors in the index. */
  count: number;
  dim: number;
  queries: number;
  m: number;
  efConstruction: number;
  efSearch: number;
  seed: number;
};

export const HNSW_DEFAULTS: HnswBench = {
  count: 100_000,
  dim: 128,
  queries: 1000,
  ...DEFAULT_SETTINGS,
  seed: 1,
};

/** As embeddings of images of many classes lie: so many to a class, each so far beside a centre at length 1. */
const CLUSTER_SIZE = 50;
const SPREAD = 1.2;

const K = 10;
const MODEL = 'drawn';
const CLIENTS = 32;
const ROUNDS = 20;
const RECALL_BAR = 0.98;
const SPEED_BAR = 1.1;
/** Searches between two looks at the memory, and before the first of them, when what is allocated once has been. */
const STEADY_SEARCHES = 20_000;
const WARM_SEARCHES = 5000;
/** What garbage that is not collected yet may make of a difference. */
const GROWTH_BAR_MIB = 32;
const SHARES = [0.01, 0.1, 0.5];
/** Queries of each share. */
const FILTERED_QUERIES = 100;

export async function hnswBench(options: HnswBench, work: LongWork = {}): Promise<Finding> {
  const { count, dim, queries, m, efConstruction, efSearch, seed } = options;
  const settings = { m, efConstruction, efSearch };
  const clusters = Math.ceil(count / CLUSTER_SIZE);
  const { vectors } = clusteredVectors(count + queries, dim, clusters, SPREAD, seed);
  const data: Data = { vectors, dim, count, queries };
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const file = { path: join(folder, 'index.bin'), modelId: MODEL };
  const index = await openHnswIndex({ dim, settings, file });
  const peer = await startPeer('hnswlib_index.py');
  try {
    if ('absent' in peer) return await findingAlone(data, index, peer.absent, work);
    const vectorFile = join(folder, 'vectors.f32');
    await writeFile(vectorFile, vectors);
    await peer.ask({ do: 'create', file: vectorFile, dim, ...settings, seed });
    const graph = async () => {
      await index.save();
      return readGraph(file.path, dim, settings);
    };
    return await findingInPairs(data, { index, graph }, peer, work);
  } finally {
    if ('close' in peer) peer.close();
    await index.close();
    await rm(folder, { recursive: true });
  }
}

/** The first `count` vectors are in the index, the `queries` after them search it. */
type Data = { vectors: Float32Array; dim: number; count: number; queries: number };

/** `graph` is the same again, in this thread. */
type Ours = { index: HnswIndex; graph: () => Promise<HnswGraph> };

async function findingInPairs(
  data: Data,
  { index, graph: readAgain }: Ours,
  peer: Peer,
  work: LongWork,
): Promise<Finding> {
  const found: Found = { ours: new Map(), theirs: new Map() };
  const inserts = await inPairs(
    'inserting',
    ROUNDS,
    (round) => insert(data, index, ...part(round, data.count)),
    async (round) => {
      const [first, last] = part(round, data.count);
      return (await peer.ask<{ ms: number }>({ do: 'add', first, last })).ms;
    },
    work,
  );
  const [first, last] = [data.count, data.count + data.queries];
  const searchPeer = async () => {
    const answer = await peer.ask<{ ms: number; found: number[][] }>({ do: 'search', first, last, k: K });
    answer.found.forEach((rows, i) => {
      found.theirs.set(first + i, rows);
    });
    return answer.ms;
  };
  const searches = await inPairs(
    'searching',
    ROUNDS,
    () => search(data, index, found.ours, first, last),
    searchPeer,
    work,
  );
  // By itself: in the turns above it would leave its own copy of the graph in the processor's caches to the other.
  const graph = await readAgain();
  const alone = await inPairs(
    'searching the graph alone',
    ROUNDS,
    async () => searchAlone(data, graph),
    searchPeer,
    work,
  );
  const truth = await findExactly(data, work);
  const ownFigures = await figuresAlone(data, index, found.ours, truth);
  const insertRatio = medianRatio(inserts);
  const queryRatio = medianRatio(searches);
  const claims: Claim[] = [
    ...claimsAlone(ownFigures),
    { what: 'time of an insert, ours ÷ theirs', value: insertRatio, atMost: SPEED_BAR },
    { what: 'time of a query, ours ÷ theirs', value: queryRatio, atMost: SPEED_BAR },
  ];
  const figures = {
    ...ownFigures,
    'recall@10, peer': recallOf(found.theirs, truth),
    'insert ratio': insertRatio,
    'query ratio': queryRatio,
    'query ratio, the graph alone': medianRatio(alone),
    ...speeds('insert', inserts, data.count),
    ...speeds('query', searches, data.queries * ROUNDS),
    'query ms, the graph alone': quantile(alone.ours, 0.5) / data.queries,
  };
  return { bench: 'hnsw', peer: peer.name, ratio: Math.max(insertRatio, queryRatio), claims, figures };
}

async function findingAlone(data: Data, index: HnswIndex, absent: string, work: LongWork): Promise<Finding> {
  const found: Found['ours'] = new Map();
  const insertMs = await insert(data, index, 0, data.count);
  const queryMs = await search(data, index, found, data.count, data.count + data.queries);
  const ownFigures = await figuresAlone(data, index, found, await findExactly(data, work));
  return {
    bench: 'hnsw',
    peer: "hnswlib's Python binding",
    skipped: absent,
    ratio: null,
    claims: claimsAlone(ownFigures),
    figures: {
      ...ownFigures,
      'insert ms': insertMs / data.count,
      'query ms': queryMs / data.queries,
    },
  };
}

type OwnFigures = Record<'recall@10' | 'MiB more after 20,000 searches', number> & Record<string, number>;

/** What needs no peer. */
async function figuresAlone(
  data: Data,
  index: HnswIndex,
  found: Found['ours'],
  truth: Found['ours'],
): Promise<OwnFigures> {
  return {
    'recall@10': recallOf(found, truth),
    ...(await filteredFigures(data, index)),
    'MiB more after 20,000 searches': await growthUnderSearches(data, index),
  };
}

function claimsAlone(figures: OwnFigures): Claim[] {
  const growth = figures['MiB more after 20,000 searches'];
  return [
    { what: 'recall@10 against the exact index', value: figures['recall@10'], atLeast: RECALL_BAR },
    { what: 'MiB of memory more after 20,000 searches', value: growth, atMost: GROWTH_BAR_MIB },
  ];
}

/** Searches among a share of all, evenly drawn: their recall, and how long one takes. */
async function filteredFigures(data: Data, index: HnswIndex): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const share of SHARES) {
    const random = seededRandom(1, 'share', String(share));
    const rows = Array.from({ length: data.count }, (_, row) => row).filter(() => random.uniform() < share);
    const only = Float64Array.from(rows, slotOf);
    const shares: number[] = [];
    let ms = 0;
    for (let i = 0; i < Math.min(FILTERED_QUERIES, data.queries); i++) {
      const query = rowAt(data, data.count + i);
      const start = performance.now();
      const found = await index.search(query, K, only);
      ms += performance.now() - start;
      shares.push(shareFound(found, await index.searchExactly(query, K, only), [], K));
    }
    figures[`query ms among ${100 * share}%`] = ms / shares.length;
    figures[`recall@10 among ${100 * share}%`] = meanRecall(shares, K)!.recall;
  }
  return figures;
}

async function growthUnderSearches(data: Data, index: HnswIndex): Promise<number> {
  await searchAgain(data, index, WARM_SEARCHES);
  const before = process.memoryUsage.rss();
  await searchAgain(data, index, STEADY_SEARCHES);
  return (process.memoryUsage.rss() - before) / 2 ** 20;
}

async function searchAgain(data: Data, index: HnswIndex, count: number): Promise<void> {
  for (let i = 0; i < count; i += data.queries) {
    await search(data, index, new Map(), data.count, data.count + Math.min(data.queries, count - i));
  }
}

function speeds(name: string, { ours, theirs }: Pairs, count: number) {
  const each = (ms: number[]) => (quantile(ms, 0.5) * ROUNDS) / count;
  return { [`${name} ms`]: each(ours), [`${name} ms, peer`]: each(theirs) };
}

/** Rows first to last - 1 of one round out of all. */
function part(round: number, count: number): [first: number, last: number] {
  const at = (r: number) => Math.floor((r * count) / ROUNDS);
  return [at(round), at(round + 1)];
}

/** Row numbers that were found, by the row of the query. */
type Found = { ours: Map<number, number[]>; theirs: Map<number, number[]> };

function insert({ vectors, dim }: Data, index: VectorIndex, first: number, last: number): Promise<number> {
  const slots = Array.from({ length: last - first }, (_, i) => slotOf(first + i));
  return timed(() => index.add(slots, vectors.slice(first * dim, last * dim)));
}

/**
 * So many under way at every moment, as a server with as many clients has. Rows are told from slots after the time is taken,
 * as the peer's are made whole numbers.
 */
async function search(
  data: Data,
  index: VectorIndex,
  found: Map<number, number[]>,
  first: number,
  last: number,
): Promise<number> {
  const answers = new Array<Neighbour[]>(last - first);
  let next = first;
  const client = async () => {
    while (next < last) {
      const row = next++;
      answers[row - first] = await index.search(rowAt(data, row), K);
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: CLIENTS }, client)));
  for (const [i, neighbours] of answers.entries()) {
    found.set(
      first + i,
      neighbours.map(({ slot }) => rowOf(slot)),
    );
  }
  return ms;
}

/** What hnswlib and its binding to Node take for all queries, with no thread to go to. */
function searchAlone(data: Data, graph: HnswGraph): number {
  const start = performance.now();
  for (let row = data.count; row < data.count + data.queries; row++) graph.search(rowAt(data, row), K);
  return performance.now() - start;
}

async function readGraph(path: string, dim: number, settings: HnswSettings): Promise<HnswGraph> {
  const saved = await checkSavedGraph(path, { modelId: MODEL, dim, settings });
  if ('problem' in saved) throw new Error(`Expected the index as it was saved, but ${saved.problem}.`);
  return new HnswGraph(dim, settings, { path, nodes: saved.nodes });
}

async function findExactly(data: Data, { onProgress }: LongWork): Promise<Map<number, number[]>> {
  const exact = createExactIndex(data.dim);
  const truth = new Map<number, number[]>();
  await insert(data, exact, 0, data.count);
  for (let round = 0; round < ROUNDS; round++) {
    const [first, last] = part(round, data.queries);
    await search(data, exact, truth, data.count + first, data.count + last);
    onProgress?.({ stage: 'comparing with all', done: round + 1, total: ROUNDS });
  }
  return truth;
}

/** The mean share of the true neighbours that were found. */
function recallOf(found: Map<number, number[]>, truth: Map<number, number[]>): number {
  let shared = 0;
  for (const [query, rows] of truth) {
    const got = new Set(found.get(query));
    shared += rows.filter((row) => got.has(row)).length / rows.length;
  }
  return shared / truth.size;
}

function rowAt({ vectors, dim }: Data, row: number): Float32Array {
  return vectors.slice(row * dim, (row + 1) * dim);
}

function slotOf(row: number): Slot {
  return (row + 1) as Slot;
}

function rowOf(slot: Slot): number {
  return slot - 1;
}
