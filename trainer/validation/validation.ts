/** Judges an embedding on the images that training does not see: which of them have a neighbour of their own class. */
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { nearestNeighbours } from '../../retrieval/metrics/nearest-neighbours.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';
import { unitRows } from '../unit-rows.ts';

/** Numbers of samples: `open` searched among each other, or `closed`, searched among `references`. */
export type Protocol = { queries: number[]; references?: number[] };

/** The protocols that the held-out images allow: neither where nothing was held out. */
export type Validation = Partial<Record<ProtocolName, Protocol>>;
export type ProtocolName = 'open' | 'closed';
export const PROTOCOLS: readonly ProtocolName[] = ['open', 'closed'];

/** For each protocol whether the nearest neighbour of a query has its class, 0 or 1 in the order of the queries. */
export type Hits = Partial<Record<ProtocolName, Uint8Array>>;

/** Recall@1 by protocol, 0 to 1. */
export type Recalls = Partial<Record<ProtocolName, number>>;

/** Vectors of the samples of these numbers, of any length, float32 [numbers.length, dim]. */
export type Embed = (numbers: number[]) => Promise<Float32Array>;

/** Comparing all with all is quadratic: more images than this are not judged after every epoch. */
const MOST = 4000;

/**
 * The validation of images of which some were held out.
 * @param images of all samples, in their order.
 * @param parts which part of the division an image belongs to.
 */
export function validationOf(
  images: readonly LabelledImage[],
  partOf: (image: LabelledImage) => 'training' | 'open' | 'closed',
  random: Random,
): Validation {
  const numbers: Record<string, number[]> = { training: [], open: [], closed: [] };
  images.forEach((image, number) => {
    numbers[partOf(image)].push(number);
  });
  const some = (all: number[]) => (all.length > MOST ? shuffled(all, random).slice(0, MOST) : all);
  const { training, open, closed } = numbers;
  return {
    ...(open.length > 1 && { open: { queries: some(open) } }),
    ...(closed.length > 0 && { closed: { queries: some(closed), references: some(training) } }),
  };
}

/** Embeds and compares, each sample once. */
export async function judge(validation: Validation, labels: readonly string[], embed: Embed): Promise<Hits> {
  const numbers = [
    ...new Set(
      protocolsOf(validation).flatMap(([, { queries, references = [] }]) => [...queries, ...references]),
    ),
  ];
  if (numbers.length === 0) return {};
  const embedded = await embed(numbers);
  const dim = embedded.length / numbers.length;
  const vectors = unitRows(embedded, dim);
  const rows = new Map(numbers.map((number, row) => [number, row]));
  const gather = (wanted: number[]) => {
    const gathered = new Float32Array(wanted.length * dim);
    wanted.forEach((number, i) => {
      const row = rows.get(number) as number;
      gathered.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim);
    });
    return gathered;
  };
  const hits: Hits = {};
  for (const [name, { queries, references }] of protocolsOf(validation)) {
    const sets = { queries: gather(queries), dim, ...(references && { references: gather(references) }) };
    const { indices } = await nearestNeighbours(sets, 1);
    const among = references ?? queries;
    hits[name] = Uint8Array.from(queries, (query, i) => Number(labels[among[indices[i]]] === labels[query]));
  }
  return hits;
}

function protocolsOf(validation: Validation): [ProtocolName, Protocol][] {
  return PROTOCOLS.flatMap((name) =>
    validation[name] ? [[name, validation[name]] as [ProtocolName, Protocol]] : [],
  );
}

export function recallsOf(hits: Hits): Recalls {
  return Object.fromEntries(
    PROTOCOLS.flatMap((name) => {
      const of = hits[name];
      return of ? [[name, of.reduce((sum, hit) => sum + hit, 0) / of.length]] : [];
    }),
  );
}

/** What epochs are compared by: the mean of the recalls that there are, so that neither protocol is bought with the other; undefined without any. */
export function scoreOf(recalls: Recalls): number | undefined {
  const values = PROTOCOLS.flatMap((name) => recalls[name] ?? []);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
