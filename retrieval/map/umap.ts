/** Vectors of many numbers → points of two, near where they were near: UMAP (McInnes, Healy and Melville, arXiv 1802.03426). */
import { setImmediate } from 'node:timers/promises';
import type { UnitVectors } from '../cluster/unit-vectors.ts';
import { nearestNeighbours } from '../metrics/nearest-neighbours.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { type Random, seededRandom } from '../random.ts';
import { type NeighbourGraph, neighbourGraph } from './neighbour-graph.ts';
import { principalPlane } from './principal-plane.ts';

/** With fewer points there are no neighbourhoods to speak of. */
export const FEWEST_POINTS = 8;

const NEIGHBOURS = 15;
/** Rounds of moving all points; many points need fewer, as in umap-learn. */
const EPOCHS = 300;
const EPOCHS_OF_MANY = 200;
const MANY = 10_000;
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
  { vectors, dim }: UnitVectors,
  seed: number,
  work: LongWork = {},
): Promise<Float64Array> {
  const count = vectors.length / dim;
  const neighbours = await nearestNeighbours(
    { queries: vectors, dim },
    Math.min(NEIGHBOURS, count - 1),
    work,
  );
  const graph = neighbourGraph(neighbours);
  const points = startingPoints({ vectors, dim }, seededRandom(seed, 'map', 'start'));
  const random = seededRandom(seed, 'map', 'layout');
  const schedule = scheduleOf(graph);
  const epochs = count > MANY ? EPOCHS_OF_MANY : EPOCHS;
  for (let epoch = 0; epoch < epochs; epoch++) {
    moveOnce(points, graph, schedule, { number: epoch, rate: 1 - epoch / epochs }, random);
    work.onProgress?.({ stage: 'laying out', done: epoch + 1, total: epochs });
    await setImmediate();
    stopIfAborted(work.signal);
  }
  return points;
}

/** Along the two principal axes, moved by a hair so that equal vectors can part. */
function startingPoints(set: UnitVectors, random: Random): Float64Array {
  const points = principalPlane(set, random);
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
  epoch: { number: number; rate: number },
  random: Random,
): void {
  for (let edge = 0; edge < from.length; edge++) {
    if (next[edge] > epoch.number + 1) continue;
    next[edge] += every[edge];
    attract(points, from[edge], to[edge], epoch.rate, random);
    attract(points, to[edge], from[edge], epoch.rate, random);
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
