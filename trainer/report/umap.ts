/** Vectors of many numbers → points of two, near where they were near: UMAP (McInnes, Healy and Melville, arXiv 1802.03426). */
import { setImmediate } from 'node:timers/promises';
import { nearestNeighbours } from '../../retrieval/metrics/nearest-neighbours.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { principalStart } from '../heat/pca.ts';
import { type NeighbourGraph, neighbourGraph } from './neighbour-graph.ts';
import type { Embeddings } from './run-report.ts';

/** With fewer points there are no neighbourhoods to speak of. */
export const FEWEST_POINTS = 8;

const NEIGHBOURS = 15;
const EPOCHS = 300;
/** Pushes of a point for each pull at it. */
const NEGATIVES = 5;
/** The points begin within a square from −10 to 10. */
const EXTENT = 10;
/** Two points at distance d belong together by 1 / (1 + a·d^2b); these are for points that may come as near as 0.1. */
const A = 1.576943;
const B = 0.895061;
/** No single pull or push is longer, in each direction. */
const LONGEST = 4;

/**
 * Lays out unit vectors by their cosine, beginning with the two principal axes. 2,000 vectors take about four seconds on one core.
 * The same seed gives the same points on the same machine.
 * @param embeddings at least FEWEST_POINTS rows of at least two numbers.
 * @returns points float64 [n, 2], in no unit: what is near says something, how far the far is does not.
 */
export async function umap(
  { vectors, dim }: Embeddings,
  seed: number,
  { signal }: LongWork = {},
): Promise<Float64Array> {
  const count = vectors.length / dim;
  const neighbours = await nearestNeighbours(
    { queries: vectors, dim },
    Math.min(NEIGHBOURS, count - 1),
    signal && { signal },
  );
  const graph = neighbourGraph(neighbours);
  const points = await startingPoints({ vectors, dim }, seededRandom(seed, 'map', 'start'));
  const random = seededRandom(seed, 'map', 'layout');
  const schedule = scheduleOf(graph);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    moveOnce(points, graph, schedule, epoch, random);
    await setImmediate();
    stopIfAborted(signal);
  }
  return points;
}

/** Along the two principal axes, moved by a hair so that equal vectors can part. */
async function startingPoints({ vectors, dim }: Embeddings, random: Random): Promise<Float64Array> {
  const { weight, mean } = await principalStart(vectors, dim, 2, {}, random);
  const count = vectors.length / dim;
  const points = new Float64Array(2 * count);
  for (let axis = 0; axis < 2; axis++)
    for (let i = 0; i < count; i++)
      for (let d = 0; d < dim; d++)
        points[2 * i + axis] +=
          Number(weight.data[axis * dim + d]) * (vectors[i * dim + d] - Number(mean.data[d]));
  const largest = points.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return points.map((value) => (value / largest) * EXTENT + 1e-4 * random.normal());
}

/** Epochs between two uses of an edge, and the epoch of its next: the heaviest is used in every one. */
type Schedule = { every: Float64Array; next: Float64Array };

function scheduleOf({ weights }: NeighbourGraph): Schedule {
  const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const every = weights.map((weight) => heaviest / weight);
  return { every, next: every.slice() };
}

/** Stochastic gradient descent on the cross entropy between the graph and the picture: pulls along edges, pushes between points drawn by chance. */
function moveOnce(
  points: Float64Array,
  { from, to }: NeighbourGraph,
  { every, next }: Schedule,
  epoch: number,
  random: Random,
): void {
  const rate = 1 - epoch / EPOCHS;
  for (let edge = 0; edge < from.length; edge++) {
    if (next[edge] > epoch + 1) continue;
    next[edge] += every[edge];
    attract(points, from[edge], to[edge], rate, random);
    attract(points, to[edge], from[edge], rate, random);
  }
}

/** Pulls i and j together, and pushes i away from points drawn by chance. */
function attract(points: Float64Array, i: number, j: number, rate: number, random: Random): void {
  const count = points.length / 2;
  pull(points, i, j, rate);
  for (let negative = 0; negative < NEGATIVES; negative++) push(points, i, random.integer(count), rate);
}

function pull(points: Float64Array, i: number, j: number, rate: number): void {
  const squared = squaredDistance(points, i, j);
  if (squared === 0) return;
  const power = squared ** B;
  const force = (-2 * A * B * power) / (squared * (1 + A * power));
  for (let axis = 0; axis < 2; axis++) {
    const step = rate * limited(force * (points[2 * i + axis] - points[2 * j + axis]));
    points[2 * i + axis] += step;
    points[2 * j + axis] -= step;
  }
}

function push(points: Float64Array, i: number, j: number, rate: number): void {
  if (i === j) return;
  const squared = squaredDistance(points, i, j);
  const force = (2 * B) / ((0.001 + squared) * (1 + A * squared ** B));
  for (let axis = 0; axis < 2; axis++)
    points[2 * i + axis] += rate * limited(force * (points[2 * i + axis] - points[2 * j + axis]));
}

function squaredDistance(points: Float64Array, i: number, j: number): number {
  const [x, y] = [points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]];
  return x * x + y * y;
}

function limited(step: number): number {
  return Math.max(-LONGEST, Math.min(LONGEST, step));
}
