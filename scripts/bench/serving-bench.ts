/**
 * The bench `serving`: searches by JPEG over HTTP under many clients at once, against the limit of the machine. Spells of
 * serving and measurements of the limit take turns, so that whatever else the machine does slows both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import type { Claim, Finding } from './finding.ts';
import { quantile } from './in-pairs.ts';
import { readJpegs } from './jpeg-files.ts';
import { type Limit, type LimitTimes, openLimit } from './limit.ts';
import { measuredModel } from './measured-model.ts';
import { type EventLoopDelay, type MeasuredServer, startServer } from './measured-server.ts';
import { openSearchClient, type SearchClient } from './search-client.ts';
import { makeGallery } from './searched-gallery.ts';

export type ServingBench = {
  /** How long the clients search, all spells together. */
  seconds: number;
  clients: number;
  /** Size of the gallery. */
  items: number;
  k: number;
  imagesFrom?: string | undefined;
  model?: string | undefined;
  seed: number;
};

export const SERVING_DEFAULTS = { seconds: 60, clients: 32, items: 10_000, k: 10 };

const BAR = 0.9;
const MOST_DELAY_MS = 20;
const MOST_GROWTH = 1.15;
const SPELL_SECONDS = 4;
const QUERIES = 200;

type Answered = { status: number; ms: number };
type Spell = {
  answers: Answered[];
  seconds: number;
  delay: EventLoopDelay;
  memory: number | undefined;
  limit: LimitTimes;
};

export async function servingBench(options: ServingBench, work: LongWork = {}): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const queries = await readJpegs(options, QUERIES);
  const model = await measuredModel(options.model, { folder, seed: options.seed });
  const searched = await makeGallery(folder, { ...options, model }, work);
  const limit = await openLimit(model, queries);
  const server = await startServer(searched);
  const clients = Array.from({ length: options.clients }, () => openSearchClient(server.url, options.k));
  try {
    const spells = await takeTurns(options, { server, clients, queries, limit }, work);
    return findingOf(spells, options);
  } finally {
    for (const client of clients) client.close();
    await server.close();
    await limit.close();
    await rm(folder, { recursive: true });
  }
}

type Sides = { server: MeasuredServer; clients: SearchClient[]; queries: Buffer[]; limit: Limit };

/** The first spell warms up, and does not count. */
async function takeTurns(
  { seconds }: ServingBench,
  sides: Sides,
  { onProgress, signal }: LongWork,
): Promise<Spell[]> {
  const count = Math.max(2, Math.round(seconds / SPELL_SECONDS));
  const spells: Spell[] = [];
  for (let number = 0; number <= count; number++) {
    stopIfAborted(signal);
    spells.push(await spell(sides));
    onProgress?.({ stage: 'serving', done: number + 1, total: count + 1 });
  }
  return spells.slice(1);
}

async function spell({ server, clients, queries, limit }: Sides): Promise<Spell> {
  await server.eventLoopDelay();
  const start = performance.now();
  const until = start + SPELL_SECONDS * 1000;
  const searches = clients.map((client, i) => searchUntil(until, client, queries, i));
  const answers = (await Promise.all(searches)).flat();
  const seconds = (performance.now() - start) / 1000;
  const [delay, memory] = [await server.eventLoopDelay(), server.memory()];
  return { answers, seconds, delay, memory, limit: await limit.measure(queries) };
}

async function searchUntil(
  until: number,
  client: SearchClient,
  queries: Buffer[],
  from: number,
): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let next = from; performance.now() < until; next++) {
    const { status, ms } = await client.ask(queries[next % queries.length] as Buffer);
    answers.push({ status, ms });
  }
  return answers;
}

function findingOf(spells: Spell[], { clients, items, k }: ServingBench): Finding {
  const answers = spells.flatMap((each) => each.answers);
  const found = answers.filter(({ status }) => status === 200);
  const middle = (of: (spell: Spell) => number) => quantile(spells.map(of), 0.5);
  const rate = ({ answers, seconds }: Spell) =>
    answers.filter(({ status }) => status === 200).length / seconds;
  const share = middle((each) => (rate(each) * (each.limit.decodeMs + each.limit.runMs)) / 1000);
  const latencies = found.map(({ ms }) => ms);
  const others = answers.filter(({ status }) => status !== 200 && status !== 429).length;
  const delay = middle((each) => each.delay.p99);
  return {
    bench: 'serving',
    peer: 'decoding alone + running the graph alone, each with all cores',
    ratio: 1 / share,
    claims: [
      { what: 'share of the limit that searches reach', value: share, atLeast: BAR },
      { what: 'delay of the event loop, p99, ms', value: delay, atMost: MOST_DELAY_MS },
      { what: 'answers other than 200 and 429', value: others, atMost: 0 },
      ...growthOf(spells),
    ],
    figures: {
      'searches a second': middle(rate),
      'limit, searches a second': 1000 / middle(({ limit }) => limit.decodeMs + limit.runMs),
      'decode alone, ms an image': middle(({ limit }) => limit.decodeMs),
      'run alone, ms an image': middle(({ limit }) => limit.runMs),
      'latency p50 ms': quantile(latencies, 0.5),
      'latency p99 ms': quantile(latencies, 0.99),
      'answers 200': found.length,
      'answers 429': answers.length - found.length - others,
      'longest delay of the event loop, ms': Math.max(...spells.map((each) => each.delay.max)),
      'memory at the end, MB': (spells.at(-1)?.memory ?? Number.NaN) / 1e6,
      clients,
      items,
      k,
    },
  };
}

function growthOf(spells: Spell[]): Claim[] {
  const early = spells[Math.ceil(spells.length / 5) - 1]?.memory;
  const late = spells.at(-1)?.memory;
  if (early === undefined || late === undefined) return [];
  return [
    { what: 'memory at the end, against that after a fifth', value: late / early, atMost: MOST_GROWTH },
  ];
}
