/** Operators that work element by element on blocked maps; where they can, they are done in the convolution before them. */
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { appendAffine } from './per-channel.ts';

/** Operators of one map, and of maps of one shape, that make no infinities of the zeros that fill up blocks. */
const UNARY = new Set(
  'Abs Clip Elu Erf Exp Gelu HardSigmoid HardSwish Identity LeakyRelu Mish Neg Relu Selu Sigmoid Sign Softplus Softsign Sqrt Tanh ThresholdedRelu'.split(
    ' ',
  ),
);
const BINARY = new Set(['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum']);

/** So large that the smallest normal number times it is 1. */
const STEEP = 1e38;

/** The blocked form of a node of which an input is blocked already; false where there is none. */
export function appendElementwise(b: BlockedGraph, node: Node): boolean {
  const [x] = node.inputs;
  if (UNARY.has(node.op) && b.isMap(x) && b.isBlocked(x)) {
    if (!appendInConvolution(b, node))
      keepBlocked(b, node, [b.blocked(x), ...node.inputs.slice(1).map((value) => b.plain(value))]);
    return true;
  }
  if (!BINARY.has(node.op) || !node.inputs.some((input) => b.isBlocked(input))) return false;
  if (!node.inputs.every((input) => b.isMap(input) && `${b.dims(input)}` === `${b.dims(node.outputs[0])}`))
    return node.inputs.length === 2 && appendWithScalar(b, node);
  if (!(node.op === 'Add' && appendSumInConvolution(b, node)))
    keepBlocked(
      b,
      node,
      node.inputs.map((input) => b.blocked(input)),
    );
  return true;
}

/** A map and one number. */
function appendWithScalar(b: BlockedGraph, node: Node): boolean {
  const isScalar = (value: Value) => b.dims(value).every((size) => size === 1) && !b.isBlocked(value);
  const map = node.inputs.find((value) => b.isBlocked(value)) as Value;
  if (!node.inputs.some(isScalar) || `${b.dims(map)}` !== `${b.dims(node.outputs[0])}`) return false;
  keepBlocked(
    b,
    node,
    node.inputs.map((value) => (isScalar(value) ? b.plain(value) : b.blocked(value))),
  );
  return true;
}

function keepBlocked(b: BlockedGraph, node: Node, inputs: Value[]): void {
  const output = b.g.fresh(node.op);
  b.g.graph.nodes.push({ ...node, name: output, inputs, outputs: [output] });
  b.setBlocked(node.outputs[0], output);
}

/** Relu, and Clip between numbers, of a convolution's result are done in the convolution. */
function appendInConvolution(b: BlockedGraph, node: Node): boolean {
  const bounds = node.op === 'Clip' ? boundsOf(b, node) : [];
  if (node.op !== 'Relu' && (node.op !== 'Clip' || bounds.includes(undefined))) return false;
  const convolution = b.openConvolution(node.inputs[0]);
  if (!convolution) return false;
  activate(convolution, node.op, bounds as number[]);
  b.setBlocked(node.outputs[0], convolution.outputs[0]);
  return true;
}

/** Lets a blocked convolution end with an activation. */
export function activate(convolution: Node, activation: string, parameters: number[]): void {
  convolution.attributes.activation = { kind: 'string', value: activation };
  if (parameters.length > 0) convolution.attributes.activation_params = { kind: 'floats', value: parameters };
}

/** The sum of a convolution's result and another map is made in the convolution. */
function appendSumInConvolution(b: BlockedGraph, node: Node): boolean {
  const [left, right] = node.inputs;
  for (const [result, other] of [
    [left, right],
    [right, left],
  ]) {
    const convolution = left === right ? undefined : b.openConvolution(result);
    if (!convolution || convolution.inputs.length > 3) continue;
    const added = b.blocked(other);
    const [x, w, bias = ''] = convolution.inputs;
    convolution.inputs = [x, w, bias, added];
    b.moveToEnd(convolution);
    b.setBlocked(node.outputs[0], convolution.outputs[0]);
    return true;
  }
  return false;
}

/** dx = dy where y > 0: y is scaled and cut off to 1 and 0, and dy multiplied by that. */
export function appendReluGradient(
  b: BlockedGraph,
  node: Node,
  dy: Value,
  [dx]: (Value | undefined)[],
): boolean {
  const [y] = node.outputs;
  if (!dx || !b.isBlocked(y)) return false;
  const mask = appendStep(b, b.blocked(y), b.dims(y)[1]);
  b.setBlocked(dx, b.g.op('Mul', [b.blocked(dy), mask]));
  return true;
}

/** Clip between numbers: dx = dy where y lies between them. */
export function appendClipGradient(
  b: BlockedGraph,
  node: Node,
  dy: Value,
  [dx]: (Value | undefined)[],
): boolean {
  const [y] = node.outputs;
  const [low, high] = boundsOf(b, node);
  if (!dx || !b.isBlocked(y) || low === undefined || high === undefined) return false;
  // (y − low)·(high − y) is positive between the bounds alone.
  const channels = b.dims(y)[1];
  const below = appendScaled(b, b.blocked(y), channels, -1, high);
  const above = low === 0 ? b.blocked(y) : appendScaled(b, b.blocked(y), channels, 1, -low);
  const mask = appendStep(b, b.g.op('Mul', [above, below]), channels);
  b.setBlocked(dx, b.g.op('Mul', [b.blocked(dy), mask]));
  return true;
}

function boundsOf(b: BlockedGraph, node: Node): (number | undefined)[] {
  const { min, max } = plainAttributes<{ min: number; max: number }>(node);
  return [min, max].map((attribute, position) => {
    const fixed = b.g.graph.initializers.get(node.inputs[position + 1] ?? '')?.data;
    return fixed ? Number(fixed[0]) : attribute;
  });
}

/** 1 where x > 0, else 0. */
function appendStep(b: BlockedGraph, x: Value, channels: number): Value {
  return appendScaled(b, x, channels, STEEP, 0, { clip: [0, 1] });
}

/** factor·x + offset (+ a map), between bounds where they are given. */
export function appendScaled(
  b: BlockedGraph,
  x: Value,
  channels: number,
  factor: number,
  offset: number,
  { added, clip }: { added?: Value; clip?: [number, number] } = {},
): Value {
  const filled = (value: number) => b.g.floats(new Array(b.roundUp(channels)).fill(value));
  const made = appendAffine(b, x, filled(factor), offset === 0 ? undefined : filled(offset), channels, added);
  if (clip) activate(b.g.graph.nodes.at(-1) as Node, 'Clip', clip);
  return made;
}
