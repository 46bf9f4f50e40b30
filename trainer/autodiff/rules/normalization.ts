/** Gradients of normalisation layers. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Backward, Rule } from '../rule.ts';

/**
 * y = scale·x̂ + bias with x̂ = (x − mean)/√(var + ε), per channel. With the statistics of the batch (training mode):
 * dx = scale/√(var + ε) · (dy − mean(dy) − x̂·mean(dy·x̂)); with fixed ones: dx = scale/√(var + ε) · dy.
 * In training mode momentum must be 0, so that the outputs 1 and 2 are the batch's own mean and variance.
 * @source Ioffe and Szegedy, arXiv 1502.03167, section 3.
 */
export const BatchNormalization: Rule = (backward) => {
  const { g, node, dy, dims, inputs, outputs, wants } = backward;
  const [x, scale, , fixedMean, fixedVariance] = inputs;
  const { epsilon = 1e-5, training_mode: training = 0 } = plainAttributes<{
    epsilon: number;
    training_mode: number;
  }>(node);
  if (training) requireBatchStatistics(backward);
  const [mean, variance] = training ? [outputs[1], outputs[2]] : [fixedMean, fixedVariance];
  const [batch, channels, ...space] = dims(x);
  const inverse = g.op('Div', [g.floats(1), g.op('Sqrt', [g.op('Add', [variance, g.floats(epsilon)])])]);
  const sums = channelSums(g, dims(x));
  const slope = g.op('Mul', [scale, inverse]);

  // Σ dy·x̂ = (Σ dy·x − mean·Σ dy)/√(var + ε): x̂ itself is never made.
  const sumDy = sums(dy);
  const sumDyX = sums(g.op('Mul', [dy, x]));
  const dScale = g.op('Mul', [g.op('Sub', [sumDyX, g.op('Mul', [mean, sumDy])]), inverse]);
  if (!wants(0)) return [undefined, dScale, sumDy];
  if (!training) return [affine(g, dy, slope, undefined, channels), dScale, sumDy];

  // dx = slope·dy + a·x + b per channel, a and b gathering what the mean and the variance depend on.
  const count = batch * space.reduce((p, size) => p * size, 1);
  const perItem = (value: Value) => g.op('Mul', [value, g.floats(1 / count)]);
  const a = g.op('Neg', [g.op('Mul', [g.op('Mul', [slope, inverse]), perItem(dScale)])]);
  const b = g.op('Neg', [g.op('Add', [g.op('Mul', [slope, perItem(sumDy)]), g.op('Mul', [a, mean])])]);
  const dx = g.op('Add', [affine(g, dy, slope, undefined, channels), affine(g, x, a, b, channels)]);
  return [dx, dScale, sumDy];
};

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
