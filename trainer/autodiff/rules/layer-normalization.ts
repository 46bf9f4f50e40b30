/** Gradients of normalisations whose statistics are of each token, image or group of channels by itself. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import { float, type GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, floats } from '../../onnx/tensor.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

/** What is normalised, as rows: x̂ [rows, width], and by what its rows were multiplied, [rows, 1]. */
type Normalized = { unit: Value; inverse: Value };
type Normalize = (g: GraphBuilder, rows: Value, width: number, epsilon: number) => Normalized;

/** @source Ba, Kiros and Hinton, arXiv 1607.06450. */
export const LayerNormalization: Rule = (backward) => fromAxis(backward, standardize, true);

/** LayerNormalization without the mean. @source Zhang and Sennrich, arXiv 1910.07467. */
export const RMSNormalization: Rule = (backward) => fromAxis(backward, divideByRootMeanSquare, false);

/** Scale and shift are per channel, before operator set 21 per group. @source Wu and He, arXiv 1803.08494. */
export const GroupNormalization: Rule = (backward) => {
  const { num_groups: groups = 1 } = plainAttributes<{ num_groups: number }>(backward.node);
  return inGroups(backward, groups, backward.g.graph.opsets[''] < 21);
};

/** A group is a channel. @source Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022. */
export const InstanceNormalization: Rule = (backward) =>
  inGroups(backward, backward.dims(backward.inputs[0])[1], false);

/**
 * y = scale·x̂ + shift, x̂ normalised over all axes from `axis` on, to which scale and shift broadcast. The means that dx
 * needs are matrix products with the scale as a column, so that dy·scale is read only once.
 */
function fromAxis(backward: Backward, normalize: Normalize, centred: boolean): (Value | undefined)[] {
  const { g, node, dims, inputs, wants } = backward;
  const [x, scale, shift] = inputs;
  const { axis = -1, epsilon = 1e-5 } = plainAttributes<{ axis: number; epsilon: number }>(node);
  const shape = dims(x);
  const normalizedShape = shape.slice(axis);
  const width = elementCount(normalizedShape);
  const asRows = (value: Value) => g.reshape(value, [elementCount(shape) / width, width]);
  const sumTo = (rows: Value, parameter: Value) =>
    sumToShape(g, g.reshape(rows, shape), shape, dims(parameter));

  const dy = asRows(backward.dy);
  const dShift = shift && wants(2) ? sumTo(dy, shift) : undefined;
  if (!wants(0) && !wants(1)) return [undefined, undefined, dShift];
  const normalized = normalize(g, asRows(x), width, epsilon);
  const product = g.op('Mul', [dy, normalized.unit]);
  const dScale = wants(1) ? sumTo(product, scale) : undefined;
  if (!wants(0)) return [undefined, dScale, dShift];

  const row = g.reshape(g.op('Expand', [scale, g.ints(normalizedShape)]), [width]);
  const share = g.reshape(g.op('Mul', [row, g.floats(1 / width)]), [width, 1]);
  const mean = (value: Value) => g.op('MatMul', [value, share]);
  const v = g.op('Mul', [dy, row]);
  const dx = throughRows(g, normalized, v, centred ? mean(dy) : undefined, mean(product));
  return [g.reshape(dx, shape), dScale, dShift];
}

/** y = scale·x̂ + shift with [N, C, ...] seen as [N, groups, C/groups, pixels] and x̂ normalised over a group's pixels. */
function inGroups(backward: Backward, groups: number, scaleByGroup: boolean): (Value | undefined)[] {
  const { g, node, dims, inputs, wants } = backward;
  const [x, scale, shift] = inputs;
  const { epsilon = 1e-5 } = plainAttributes<{ epsilon: number }>(node);
  const [batch, channels, ...space] = dims(x);
  const size = channels / groups;
  const shape = [batch, groups, size, elementCount(space)];
  const width = size * elementCount(space);
  const parameterShape = [groups, scaleByGroup ? 1 : size, 1];
  const asRows = (value: Value) => g.reshape(value, [batch * groups, width]);
  const sumTo = (value: Value, parameter: Value) =>
    g.reshape(sumToShape(g, value, shape, parameterShape), dims(parameter));

  const dy = g.reshape(backward.dy, shape);
  const dShift = wants(2) ? sumTo(dy, shift) : undefined;
  if (!wants(0) && !wants(1)) return [undefined, undefined, dShift];
  const normalized = standardize(g, asRows(x), width, epsilon);
  const product = wants(1) ? g.op('Mul', [dy, g.reshape(normalized.unit, shape)]) : undefined;
  const dScale = product && sumTo(product, scale);
  if (!wants(0)) return [undefined, dScale, dShift];

  const v = asRows(g.op('Mul', [dy, g.reshape(scale, parameterShape)]));
  const mean = (value: Value) => g.reduce('ReduceMean', value, [1], true);
  const dx = throughRows(g, normalized, v, mean(v), mean(g.op('Mul', [v, normalized.unit])));
  return [g.reshape(dx, dims(x)), dScale, dShift];
}

/** With v the gradient of x̂: dx = (v − mean(v) − x̂·mean(v·x̂))·inverse, by rows; without mean(v) where x̂ keeps its mean. */
function throughRows(
  g: GraphBuilder,
  { unit, inverse }: Normalized,
  v: Value,
  mean: Value | undefined,
  meanAlongUnit: Value,
): Value {
  const centred = mean ? g.op('Sub', [v, mean]) : v;
  return g.op('Mul', [g.op('Sub', [centred, g.op('Mul', [unit, meanAlongUnit])]), inverse]);
}

/** x̂ = (x − mean)/√(var + ε), by one LayerNormalization that neither scales nor shifts. */
function standardize(g: GraphBuilder, rows: Value, width: number, epsilon: number): Normalized {
  const ones = g.constant(floats(new Float32Array(width).fill(1)));
  const [unit, , inverse] = g.ops('LayerNormalization', [rows, ones], 3, { epsilon: float(epsilon) });
  return { unit, inverse };
}

/** x̂ = x/√(mean(x²) + ε). */
function divideByRootMeanSquare(g: GraphBuilder, rows: Value, _: number, epsilon: number): Normalized {
  const meanSquare = g.reduce('ReduceMean', g.op('Mul', [rows, rows]), [1], true);
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [meanSquare, g.floats(epsilon)])])]);
  return { unit: g.op('Mul', [rows, inverse]), inverse };
}
