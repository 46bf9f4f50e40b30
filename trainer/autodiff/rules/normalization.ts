/** The gradient of BatchNormalization: by the statistics of the batch, and frozen by the running ones. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Backward, Rule } from '../rule.ts';

/**
 * y = scale·x̂ + shift with x̂ = (x − mean)/√(var + ε), per channel of [N, C, ...]. In training mode the statistics are the
 * batch's and momentum must be 0, so that the outputs 1 and 2 are its mean and variance; otherwise they are constants.
 * @source Ioffe and Szegedy, arXiv 1502.03167, section 3.
 */
export const BatchNormalization: Rule = (backward) => {
  const { training_mode: training = 0 } = plainAttributes<{ training_mode: number }>(backward.node);
  return training ? byBatch(backward) : byFixed(backward);
};

/** dx = scale/√(var + ε) · (dy − mean(dy) − x̂·mean(dy·x̂)). */
function byBatch(backward: Backward): (Value | undefined)[] {
  requireBatchStatistics(backward);
  const { g, dy, dims, inputs, outputs, wants } = backward;
  const [x, scale] = inputs;
  const [, mean, variance] = outputs;
  const inverse = inverseDeviation(backward, variance);
  const { dScale, dShift } = affineGradients(backward, mean, inverse);
  if (!wants(0)) return [undefined, dScale, dShift];

  // dx = slope·dy + a·x + b per channel, a and b gathering what the mean and the variance depend on.
  const [batch, channels, ...space] = dims(x);
  const count = batch * space.reduce((p, size) => p * size, 1);
  const perItem = (value: Value) => g.op('Mul', [value, g.floats(1 / count)]);
  const slope = g.op('Mul', [scale, inverse]);
  const a = g.op('Neg', [g.op('Mul', [g.op('Mul', [slope, inverse]), perItem(dScale)])]);
  const b = g.op('Neg', [g.op('Add', [g.op('Mul', [slope, perItem(dShift)]), g.op('Mul', [a, mean])])]);
  const dx = g.op('Add', [affine(g, dy, slope, undefined, channels), affine(g, x, a, b, channels)]);
  return [dx, dScale, dShift];
}

/** dx = scale/√(var + ε) · dy. */
function byFixed(backward: Backward): (Value | undefined)[] {
  const { g, dy, dims, inputs, wants } = backward;
  const [x, scale, , mean, variance] = inputs;
  const inverse = inverseDeviation(backward, variance);
  const dx = wants(0) ? affine(g, dy, g.op('Mul', [scale, inverse]), undefined, dims(x)[1]) : undefined;
  if (!wants(1) && !wants(2)) return [dx];
  const { dScale, dShift } = affineGradients(backward, mean, inverse);
  return [dx, dScale, dShift];
}

function inverseDeviation({ g, node }: Backward, variance: Value): Value {
  const { epsilon = 1e-5 } = plainAttributes<{ epsilon: number }>(node);
  return g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [variance, g.floats(epsilon)])])]);
}

/** Of scale: Σ dy·x̂ = (Σ dy·x − mean·Σ dy)/√(var + ε), so that x̂ itself is never made; of shift: Σ dy. */
function affineGradients(
  { g, dy, dims, inputs: [x] }: Backward,
  mean: Value,
  inverse: Value,
): { dScale: Value; dShift: Value } {
  const sums = channelSums(g, dims(x));
  const dShift = sums(dy);
  const sumDyX = sums(g.op('Mul', [dy, x]));
  return {
    dScale: g.op('Mul', [g.op('Sub', [sumDyX, g.op('Mul', [mean, dShift])]), inverse]),
    dShift,
  };
}

/** factor·x + offset per channel in one pass: a BatchNormalization with mean 0 and variance 1. */
function affine(
  g: GraphBuilder,
  x: Value,
  factor: Value,
  offset: Value | undefined,
  channels: number,
): Value {
  const zeros = g.floats(new Array(channels).fill(0));
  const ones = g.floats(new Array(channels).fill(1));
  return g.op('BatchNormalization', [x, factor, offset ?? zeros, zeros, ones], {
    epsilon: { kind: 'float', value: 0 },
  });
}

/** Sums over everything but the channel, [N, C, ...] → [C]. */
function channelSums(g: GraphBuilder, [batch, channels, ...space]: number[]): (x: Value) => Value {
  const pixels = space.reduce((p, size) => p * size, 1);
  return (x) => g.reduce('ReduceSum', g.reshape(x, [batch, channels, pixels]), [0, 2], false);
}

function requireBatchStatistics({ node }: Backward): void {
  const { momentum = 0.9 } = plainAttributes<{ momentum: number }>(node);
  if (momentum === 0 && node.outputs.length >= 3) return;
  throw new SinterError(
    'unsupported',
    `${describeNode(node)} in training mode must have momentum 0 and three outputs, got momentum ${momentum} and ${node.outputs.length}.`,
  );
}
