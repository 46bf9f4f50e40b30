/** BatchNormalization and its gradient on blocked maps. */
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { padVector } from './convolution.ts';
import { appendAffine, appendMean, appendMeanProduct } from './per-channel.ts';

type Settings = { epsilon: number; training_mode: number };

/**
 * The blocked form of a BatchNormalization whose x is blocked; false otherwise. In training the batch's variance is
 * E[x²] − E[x]², by which one pass does, and at least 0; the means are sums of float32 per image and channel, so it is good
 * to about 1e-6·(1 + mean²/variance) of itself.
 */
export function appendNormalization(b: BlockedGraph, node: Node): boolean {
  const [x, scale, shift, runningMean, runningVariance] = node.inputs;
  if (!b.isBlocked(x)) return false;
  const { g } = b;
  const { epsilon = 1e-5, training_mode: training = 0 } = plainAttributes<Settings>(node);
  const dims = b.dims(x);
  const vector = (value: Value) => padVector(b, b.plain(value), dims[1]);
  const [mean, variance] = training
    ? batchStatistics(b, node, dims)
    : [vector(runningMean), vector(runningVariance)];
  const factor = g.op('Mul', [vector(scale), inverseDeviation(b, variance, epsilon)]);
  const offset = g.op('Sub', [vector(shift), g.op('Mul', [mean, factor])]);
  b.setBlocked(node.outputs[0], appendAffine(b, b.blocked(x), factor, offset, dims[1]));
  return true;
}

function batchStatistics(b: BlockedGraph, node: Node, dims: number[]): [mean: Value, variance: Value] {
  const { g } = b;
  const x = b.blocked(node.inputs[0]);
  const mean = appendMean(b, x, dims);
  const spread = g.op('Sub', [appendMeanProduct(b, x, x, dims), g.op('Mul', [mean, mean])]);
  const variance = g.op('Relu', [spread]);
  for (const [position, statistic] of [mean, variance].entries()) {
    const output = node.outputs[position + 1];
    if (output) b.setPlain(output, g.slice(statistic, [0], [dims[1]], [0]));
  }
  return [mean, variance];
}

/**
 * dx = slope·dy + a·x + b per channel, as in the rule of BatchNormalization (trainer/autodiff), with sums over channels and
 * dx in two passes each.
 */
export function appendNormalizationGradient(
  b: BlockedGraph,
  node: Node,
  dy: Value,
  [dx, dScale, dShift]: (Value | undefined)[],
): boolean {
  const [x, scale, , runningMean, runningVariance] = node.inputs;
  if (!b.isBlocked(x)) return false;
  const { g } = b;
  const { epsilon = 1e-5, training_mode: training = 0 } = plainAttributes<Settings>(node);
  const dims = b.dims(x);
  const [n, channels, height, width] = dims;
  const count = n * height * width;
  const vector = (value: Value) => padVector(b, b.plain(value), channels);
  const [mean, variance] = (training ? node.outputs.slice(1, 3) : [runningMean, runningVariance]).map(vector);
  const inverse = inverseDeviation(b, variance, epsilon);
  const slope = g.op('Mul', [vector(scale), inverse]);
  const [gradient, image] = [b.blocked(dy), b.blocked(x)];

  const meanDy = appendMean(b, gradient, dims);
  const meanDyX = appendMeanProduct(b, gradient, image, dims);
  const meanDyHat = g.op('Mul', [g.op('Sub', [meanDyX, g.op('Mul', [mean, meanDy])]), inverse]);
  const ofAll = (share: Value) => g.slice(g.op('Mul', [share, g.floats(count)]), [0], [channels], [0]);
  if (dScale) b.setPlain(dScale, ofAll(meanDyHat));
  if (dShift) b.setPlain(dShift, ofAll(meanDy));
  if (!dx) return true;
  if (!training) {
    b.setBlocked(dx, appendAffine(b, gradient, slope, undefined, channels));
    return true;
  }
  const a = g.op('Neg', [g.op('Mul', [g.op('Mul', [slope, inverse]), meanDyHat])]);
  const offset = g.op('Neg', [g.op('Add', [g.op('Mul', [slope, meanDy]), g.op('Mul', [a, mean])])]);
  const scaled = appendAffine(b, gradient, slope, undefined, channels);
  b.setBlocked(dx, appendAffine(b, image, a, offset, channels, scaled));
  return true;
}

function inverseDeviation({ g }: BlockedGraph, variance: Value, epsilon: number): Value {
  return g.op('Div', [g.floats(1), g.op('Sqrt', [g.op('Add', [variance, g.floats(epsilon)])])]);
}
