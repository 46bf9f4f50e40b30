/** Gradients of normalisations whose statistics are of each image, group of channels or token by itself. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import { float, type GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, floats } from '../../onnx/tensor.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

/**
 * The shape in which x is seen, in which x̂ is normalised over the axes from `axis` on, and that of scale and shift, which
 * broadcast to it; without one they do so as they are.
 */
type View = { shape: number[]; axis: number; parameterShape?: number[] };

/** The normalised x̂ and what x was multiplied by. */
type Normalized = { unit: Value; inverse: Value };

/** @source Ba, Kiros and Hinton, arXiv 1607.06450. */
export const LayerNormalization: Rule = (backward) => {
  const view = viewFromAxis(backward);
  return gradients(backward, view, (x) => standardize(backward, x, view), true);
};

/** LayerNormalization without the mean. @source Zhang and Sennrich, arXiv 1910.07467. */
export const RMSNormalization: Rule = (backward) => {
  const view = viewFromAxis(backward);
  return gradients(backward, view, (x) => divideByRootMeanSquare(backward, x, view), false);
};

/** Scale and shift are per channel, before operator set 21 per group. @source Wu and He, arXiv 1803.08494. */
export const GroupNormalization: Rule = (backward) => {
  const { num_groups: groups = 1 } = plainAttributes<{ num_groups: number }>(backward.node);
  const view = viewInGroups(backward, groups, backward.g.graph.opsets[''] < 21);
  return gradients(backward, view, (x) => standardize(backward, x, view), true);
};

/** A group is a channel. @source Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022. */
export const InstanceNormalization: Rule = (backward) => {
  const view = viewInGroups(backward, backward.dims(backward.inputs[0])[1], false);
  return gradients(backward, view, (x) => standardize(backward, x, view), true);
};

function viewFromAxis({ node, dims, inputs: [x] }: Backward): View {
  const { axis = -1 } = plainAttributes<{ axis: number }>(node);
  const shape = dims(x);
  return { shape, axis: (axis + shape.length) % shape.length };
}

/** [N, C, ...] as [N, groups, C/groups, pixels]. */
function viewInGroups({ dims, inputs: [x] }: Backward, groups: number, scaleByGroup: boolean): View {
  const [batch, channels, ...space] = dims(x);
  const size = channels / groups;
  return {
    shape: [batch, groups, size, elementCount(space)],
    axis: 2,
    parameterShape: [groups, scaleByGroup ? 1 : size, 1],
  };
}

/** Of y = scale·x̂ + shift. With v = scale·dy: dx = (v − mean(v) − x̂·mean(v·x̂))·inverse; without mean(v) where x̂ keeps its mean. */
function gradients(
  backward: Backward,
  { shape, axis, parameterShape }: View,
  normalize: (x: Value) => Normalized,
  centred: boolean,
): (Value | undefined)[] {
  const { g, dims, inputs, wants } = backward;
  const [x, scale, shift] = inputs;
  const dy = g.reshape(backward.dy, shape);
  const seen = (parameter: Value) => parameterShape ?? dims(parameter);
  const sumTo = (value: Value, parameter: Value) =>
    g.reshape(sumToShape(g, value, shape, seen(parameter)), dims(parameter));
  const dShift = shift && wants(2) ? sumTo(dy, shift) : undefined;
  if (!wants(0) && !wants(1)) return [undefined, undefined, dShift];
  const { unit, inverse } = normalize(g.reshape(x, shape));
  const dScale = wants(1) ? sumTo(g.op('Mul', [dy, unit]), scale) : undefined;
  if (!wants(0)) return [undefined, dScale, dShift];

  const axes = shape.map((_, position) => position).slice(axis);
  const mean = (value: Value) => g.reduce('ReduceMean', value, axes, true);
  const v = g.op('Mul', [dy, g.reshape(scale, seen(scale))]);
  const alongUnit = g.op('Mul', [unit, mean(g.op('Mul', [v, unit]))]);
  const rest = g.op('Sub', [centred ? g.op('Sub', [v, mean(v)]) : v, alongUnit]);
  return [g.reshape(g.op('Mul', [rest, inverse]), dims(x)), dScale, dShift];
}

/** x̂ = (x − mean)/√(var + ε), by one LayerNormalization that neither scales nor shifts. */
function standardize({ g, node }: Backward, x: Value, { shape, axis }: View): Normalized {
  const ones = onesOf(g, shape.slice(axis));
  const { epsilon = 1e-5 } = plainAttributes<{ epsilon: number }>(node);
  const [unit, , inverse] = g.ops('LayerNormalization', [x, ones], 3, { axis, epsilon: float(epsilon) });
  return { unit, inverse };
}

/** x̂ = x/√(mean(x²) + ε). */
function divideByRootMeanSquare({ g, node }: Backward, x: Value, { shape, axis }: View): Normalized {
  const { epsilon = 1e-5 } = plainAttributes<{ epsilon: number }>(node);
  const axes = shape.map((_, position) => position).slice(axis);
  const meanSquare = g.reduce('ReduceMean', g.op('Mul', [x, x]), axes, true);
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [meanSquare, g.floats(epsilon)])])]);
  return { unit: g.op('Mul', [x, inverse]), inverse };
}

function onesOf(g: GraphBuilder, dims: number[]): Value {
  return g.constant(floats(new Float32Array(elementCount(dims)).fill(1), dims));
}
