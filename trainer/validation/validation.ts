/** Judges an embedding on the images that training does not see: how well each of them finds its own class. */
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { FEW_RANKS, queryFigures } from '../../retrieval/metrics/query-figures.ts';
import { hitsAt } from '../../retrieval/metrics/recall.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';
import { unitRows } from '../unit-rows.ts';

/** Numbers of samples: `open` searched among each other, or `closed`, searched among `references`. */
export type Protocol = { queries: number[]; references?: number[] };

/** The protocols that the held-out images allow: neither where nothing was held out. */
export type Validation = Partial<Record<ProtocolName, Protocol>>;
export type ProtocolName = 'open' | 'closed';
export const PROTOCOLS: readonly ProtocolName[] = ['open', 'closed'];

/** A figure for each query, in the order of the queries. */
export type Scores = {
  /** Whether the nearest neighbour has the query's class, 0 or 1: their mean is recall@1. */
  hits: Uint8Array;
  /** Average precision at R, 0 to 1, R at most FEW_RANKS: their mean is MAP@R. */
  precisions: Float64Array;
};
export type Judgement = Partial<Record<ProtocolName, Scores>>;

/** Means over the queries, 0 to 1. */
export type Figures = { recallAt1: number; mapAtR: number };
export type FiguresByProtocol = Partial<Record<ProtocolName, Figures>>;

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
export async function judge(
  validation: Validation,
  labels: readonly string[],
  embed: Embed,
): Promise<Judgement> {
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
  const side = (wanted: number[]): Side => {
    const gathered = new Float32Array(wanted.length * dim);
    wanted.forEach((number, i) => {
      const row = rows.get(number) as number;
      gathered.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim);
    });
    return { vectors: gathered, labels: wanted.map((number) => labels[number]) };
  };
  const judgement: Judgement = {};
  for (const [name, { queries, references }] of protocolsOf(validation))
    judgement[name] = await scoresOf(side(queries), references && side(references), dim);
  return judgement;
}

type Side = { vectors: Float32Array; labels: string[] };

async function scoresOf(queries: Side, references: Side | undefined, dim: number): Promise<Scores> {
  const figures = await queryFigures(
    {
      queries: queries.vectors,
      queryLabels: queries.labels,
      dim,
      ...(references && { references: references.vectors, referenceLabels: references.labels }),
    },
    { ks: [1], mostRanks: FEW_RANKS },
  );
  return { hits: Uint8Array.from(hitsAt(figures, 1)), precisions: figures.averagePrecision };
}

function protocolsOf(validation: Validation): [ProtocolName, Protocol][] {
  return PROTOCOLS.flatMap((name) =>
    validation[name] ? [[name, validation[name]] as [ProtocolName, Protocol]] : [],
  );
}

export function figuresOf(judgement: Judgement): FiguresByProtocol {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  return Object.fromEntries(
    PROTOCOLS.flatMap((name) => {
      const scores = judgement[name];
      return scores ? [[name, { recallAt1: mean(scores.hits), mapAtR: mean(scores.precisions) }]] : [];
    }),
  );
}

/**
 * What epochs are compared by: the mean MAP@R of the protocols that there are, so that neither is bought with the other;
 * undefined without any.
 */
export function scoreOf(figures: FiguresByProtocol): number | undefined {
  const values = PROTOCOLS.flatMap((name) => figures[name]?.mapAtR ?? []);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
