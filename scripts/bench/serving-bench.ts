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
import { readJpegs, writeCopies } from './jpeg-files.ts';
import { type Limit, type LimitTimes, openLimit } from './limit.ts';
import { measuredModel } from './measured-model.ts';
import { type MeasuredServer, startServer, type Usage } from './measured-server.ts';
import { openSearchClient, type SearchClient } from './search-client.ts';
import { makeGallery } from './searched-gallery.ts';
import { whileIndexing } from './while-indexing.ts';

export type ServingBench = {
  /** How long the clients search, all spells together. */
  seconds: number;
  clients: number;
  /** Size of the gallery. */
  items: number;
  k: number;
  /** As the option of `sinter serve`. */
  ownCore: boolean;
  imagesFrom?: string | undefined;
  model?: string | undefined;
  seed: number;
};

export const SERVING_DEFAULTS = { seconds: 60, clients: 32, items: 10_000, k: 10 };

const BAR = 0.9;
const MOST_DELAY_MS = 20;
const MOST_GROWTH = 1.15;
const SPELL_SECONDS = 4;
/** Spells until V8 has compiled all that searches go through: from the first to the fifth they become a fifth faster. */
const WARM_UP_SPELLS = 5;
/** A job writes what it indexed at every 64 images. */
const SECONDS_BESIDE_JOB = 24;
const QUERIES = 200;
/** Enough for a job to be at work during a whole spell. */
const IMAGES_OF_JOB = 1000;

type Answered = { status: number; ms: number };
type Searches = {
  answers: Answered[];
  seconds: number;
  delayMs: Usage['delayMs'];
  /** Processor time of an answer: the server's, and that of the clients, who share its cores. */
  serverMs: number;
  clientMs: number;
};
type Spell = Searches & { memory: number | undefined; limit: LimitTimes };

export async function servingBench(options: ServingBench, work: LongWork = {}): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const queries = await readJpegs(options, QUERIES);
  const model = await measuredModel(options.model, { folder, seed: options.seed });
  const searched = await makeGallery(folder, { ...options, model }, work);
  const limit = await openLimit(model, queries);
  const indexRoot = join(folder, 'photos');
  await writeCopies(queries, { folder: indexRoot, from: 0, count: IMAGES_OF_JOB }, work);
  const server = await startServer(searched, { indexRoot, ownCore: options.ownCore });
  const clients = Array.from({ length: options.clients }, () => openSearchClient(server.url, options.k));
  try {
    const sides = { server, clients, queries, limit };
    const spells = await takeTurns(options, sides, work);
    const place = { url: server.url, gallery: searched.gallery, folder: indexRoot };
    const { done: beside, indexed } = await whileIndexing(place, () => search(sides, SECONDS_BESIDE_JOB));
    return findingOf(spells, { ...beside, indexed }, options);
  } finally {
    for (const client of clients) client.close();
    await server.close();
    await limit.close();
    await rm(folder, { recursive: true });
  }
}

type Sides = { server: MeasuredServer; clients: SearchClient[]; queries: Buffer[]; limit: Limit };

/** The first spells warm up, and do not count. */
async function takeTurns(
  { seconds }: ServingBench,
  sides: Sides,
  { onProgress, signal }: LongWork,
): Promise<Spell[]> {
  const count = WARM_UP_SPELLS + Math.max(2, Math.round(seconds / SPELL_SECONDS));
  const spells: Spell[] = [];
  for (let number = 0; number < count; number++) {
    stopIfAborted(signal);
    spells.push(await spell(sides));
    onProgress?.({ stage: 'serving', done: number + 1, total: count });
  }
  return spells.slice(WARM_UP_SPELLS);
}

async function spell(sides: Sides): Promise<Spell> {
  const searches = await search(sides, SPELL_SECONDS);
  const { server, limit, queries } = sides;
  return { ...searches, memory: server.memory(), limit: await limit.measure(queries) };
}

async function search({ server, clients, queries }: Sides, howLong: number): Promise<Searches> {
  const before = await server.usage();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const until = start + howLong * 1000;
  const asked = clients.map((client, i) => searchUntil(until, client, queries, i));
  const answers = (await Promise.all(asked)).flat();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { delayMs, cpuMs } = await server.usage();
  const serverMs = (cpuMs - before.cpuMs) / answers.length;
  return { answers, seconds, delayMs, serverMs, clientMs: (user + system) / 1000 / answers.length };
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

/** `beside`: searches while a job indexed so many images. */
function findingOf(
  spells: Spell[],
  beside: Searches & { indexed: number },
  { clients, items, k }: ServingBench,
): Finding {
  const answers = spells.flatMap((each) => each.answers);
  const middle = (of: (spell: Spell) => number) => quantile(spells.map(of), 0.5);
  const share = middle((each) => (rateOf(each) * (each.limit.decodeMs + each.limit.runMs)) / 1000);
  const latencies = latenciesOf(answers);
  const refused = answers.filter(({ status }) => status === 429).length;
  const delay = middle((each) => each.delayMs.p99);
  return {
    bench: 'serving',
    peer: 'decoding alone + running the graph alone, each with all cores',
    ratio: 1 / share,
    claims: [
      { what: 'share of the limit that searches reach', value: share, atLeast: BAR },
      { what: 'delay of the event loop, p99, ms', value: delay, atMost: MOST_DELAY_MS },
      {
        what: 'answers other than 200 and 429',
        value: answers.length - latencies.length - refused,
        atMost: 0,
      },
      ...growthOf(spells),
    ],
    figures: {
      'searches a second': middle(rateOf),
      'limit, searches a second': 1000 / middle(({ limit }) => limit.decodeMs + limit.runMs),
      'decode alone, ms an image': middle(({ limit }) => limit.decodeMs),
      'run alone, ms an image': middle(({ limit }) => limit.runMs),
      'processor ms of the limit': middle(({ limit }) => limit.cpuMs),
      'processor ms of a search, server': middle(({ serverMs }) => serverMs),
      'processor ms of a search, client': middle(({ clientMs }) => clientMs),
      'latency p50 ms': quantile(latencies, 0.5),
      'latency p99 ms': quantile(latencies, 0.99),
      'answers 200': latencies.length,
      'answers 429': refused,
      'longest delay of the event loop, ms': Math.max(...spells.map((each) => each.delayMs.max)),
      'memory at the end, MB': (spells.at(-1)?.memory ?? Number.NaN) / 1e6,
      'latency p99 ms while a job indexes': quantile(latenciesOf(beside.answers), 0.99),
      'searches a second while a job indexes': rateOf(beside),
      'images a second that the job indexes': beside.indexed / beside.seconds,
      clients,
      items,
      k,
    },
  };
}

/** Of the answers that found something, in ms. */
function latenciesOf(answers: Answered[]): number[] {
  return answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
}

function rateOf({ answers, seconds }: Searches): number {
  return latenciesOf(answers).length / seconds;
}

function growthOf(spells: Spell[]): Claim[] {
  const early = spells[Math.ceil(spells.length / 5) - 1]?.memory;
  const late = spells.at(-1)?.memory;
  if (early === undefined || late === undefined) return [];
  return [
    { what: 'memory at the end, against that after a fifth', value: late / early, atMost: MOST_GROWTH },
  ];
}
