/**
 * What changed in the form of ONNX's operators up to operator set 18, as rewritings of a node. Changes that only allow more
 * (types, negative axes, defaults said aloud) are not listed. Source: "Operator Changelog" of the ONNX specification.
 */
import type { Node, Value } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { DTYPE_CODES, type Tensor } from './tensor.ts';

export type Rewriting = {
  /** The node, to be changed in place. */
  node: Node;
  /** Appends constants, and nodes that come before `node`. */
  g: GraphBuilder;
  /** The number of dimensions of a value, where it can be told. */
  rankOf: (value: Value) => number | undefined;
  /** Nodes that come after `node`. */
  following: Node[];
};

/** A change of some operators that came with operator set `below`; it answers why a node cannot be rewritten. */
export type Change = {
  ops: readonly string[] | 'all';
  below: number;
  rewrite: (rewriting: Rewriting) => string | undefined;
};

/** Old forms that have no rewriting here. */
export const REFUSED: readonly { ops: readonly string[]; below: number; why: string }[] = [
  { ops: ['Upsample'], below: 7, why: 'its scales are given by name' },
  { ops: ['LpPool', 'GlobalLpPool'], below: 2, why: 'its exponent is a float' },
  { ops: ['RNN', 'LSTM', 'GRU'], below: 7, why: 'recurrent networks this old are not known here' },
  { ops: ['Scan'], below: 9, why: 'its inputs have changed' },
  {
    ops: ['Affine', 'ConstantFill', 'Crop', 'DynamicSlice', 'GivenTensorFill', 'ImageScaler'],
    below: 10,
    why: 'it was experimental and is gone',
  },
  { ops: ['ParametricSoftplus', 'Scale', 'ScaledTanh'], below: 10, why: 'it was experimental and is gone' },
];

const ARITHMETIC = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'PRelu',
  'And',
  'Or',
  'Xor',
  'Equal',
  'Greater',
  'Less',
];
const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

/** In the order of the operator sets. */
export const CHANGES: readonly Change[] = [
  { ops: ['Pad'], below: 2, rewrite: ({ node }) => rename(node, 'paddings', 'pads') },
  {
    ops: ['Split'],
    below: 2,
    rewrite: ({ node }) => (node.inputs.length > 1 ? 'its sizes are an input' : undefined),
  },
  { ops: ['Concat'], below: 4, rewrite: ({ node }) => setDefault(node, 'axis', 1) },
  { ops: ['Reshape'], below: 5, rewrite: ({ node, g }) => attributeToInput(node, 'shape', 1, g) },
  { ops: 'all', below: 6, rewrite: ({ node }) => drop(node, 'consumed_inputs') },
  { ops: ['Cast'], below: 6, rewrite: nameToType },
  { ops: ARITHMETIC, below: 7, rewrite: alignOperand },
  { ops: ['Gemm'], below: 7, rewrite: ({ node }) => drop(node, 'broadcast') },
  { ops: ['BatchNormalization', 'Dropout'], below: 7, rewrite: ({ node }) => drop(node, 'is_test') },
  { ops: ['BatchNormalization'], below: 9, rewrite: refuseUnlessSpatial },
  { ops: ['Upsample'], below: 9, rewrite: ({ node, g }) => floatsToInput(node, 'scales', 1, g) },
  { ops: ['Slice'], below: 10, rewrite: sliceByInputs },
  { ops: ['TopK'], below: 10, rewrite: ({ node, g }) => attributeToInput(node, 'k', 1, g) },
  { ops: ['Upsample', 'Resize'], below: 11, rewrite: resizeFromCorner },
  { ops: ['Clip'], below: 11, rewrite: clipByInputs },
  { ops: ['Pad'], below: 11, rewrite: padByInputs },
  { ops: ['Scatter'], below: 11, rewrite: ({ node }) => renameOperator(node, 'ScatterElements') },
  { ops: ['Dropout'], below: 12, rewrite: ({ node }) => inferenceOnly(node, 'ratio') },
  { ops: ['Softmax', 'LogSoftmax', 'Hardmax'], below: 13, rewrite: flattenAround },
  {
    ops: ['Squeeze', 'Unsqueeze'],
    below: 13,
    rewrite: ({ node, g }) => attributeToInput(node, 'axes', 1, g),
  },
  { ops: ['ReduceSum'], below: 13, rewrite: ({ node, g }) => attributeToInput(node, 'axes', 1, g) },
  { ops: ['Split'], below: 13, rewrite: ({ node, g }) => attributeToInput(node, 'split', 1, g) },
  { ops: ['Resize'], below: 13, rewrite: refuseTensorflowHalfPixel },
  { ops: ['BatchNormalization'], below: 14, rewrite: ({ node }) => inferenceOnly(node) },
  {
    ops: ['RoiAlign'],
    below: 16,
    rewrite: ({ node }) => setDefault(node, 'coordinate_transformation_mode', 'output_half_pixel'),
  },
  {
    ops: REDUCTIONS.map((name) => `Reduce${name}`),
    below: 18,
    rewrite: ({ node, g }) => attributeToInput(node, 'axes', 1, g),
  },
  { ops: ['Split'], below: 18, rewrite: countParts },
  { ops: ['Resize'], below: 18, rewrite: leaveOutEmptyInputs },
];

function take(node: Node, name: string): unknown {
  const value = node.attributes[name]?.value;
  delete node.attributes[name];
  return value;
}

function drop(node: Node, name: string): undefined {
  delete node.attributes[name];
}

function rename(node: Node, old: string, now: string): undefined {
  const attribute = node.attributes[old];
  if (!attribute) return;
  delete node.attributes[old];
  node.attributes[now] = attribute;
}

function renameOperator(node: Node, op: string): undefined {
  node.op = op;
}

function setDefault(node: Node, name: string, value: number | string): undefined {
  node.attributes[name] ??= typeof value === 'number' ? { kind: 'int', value } : { kind: 'string', value };
}

/** Puts a value at an input's position; the ones between are left out. */
function setInput(node: Node, position: number, value: Value): void {
  while (node.inputs.length < position) node.inputs.push('');
  node.inputs[position] = value;
}

/** Integers that were an attribute become a constant input; a single one becomes a vector of one. */
function attributeToInput(node: Node, name: string, position: number, g: GraphBuilder): undefined {
  const value = take(node, name) as number | number[] | undefined;
  if (value !== undefined) setInput(node, position, g.ints([value].flat()));
}

function floatsToInput(node: Node, name: string, position: number, g: GraphBuilder): undefined {
  const value = take(node, name) as number[] | undefined;
  if (value !== undefined) setInput(node, position, g.floats(value));
}

/** Before operator set 6 the type that Cast makes was a name. */
function nameToType({ node }: Rewriting): string | undefined {
  const { to } = node.attributes;
  if (to?.kind !== 'string') return undefined;
  const names: Record<string, keyof typeof DTYPE_CODES> = { FLOAT: 'float32', DOUBLE: 'float64' };
  const code = DTYPE_CODES[names[to.value] ?? (to.value.toLowerCase() as keyof typeof DTYPE_CODES)];
  if (code === undefined) return `the type ${to.value} is not supported`;
  node.attributes.to = { kind: 'int', value: code };
  return undefined;
}

/** Before operator set 7 the second operand stood at an axis of the first, or at its end; now always at the end. */
function alignOperand({ node, g, rankOf }: Rewriting): string | undefined {
  drop(node, 'broadcast');
  const axis = node.op === 'PRelu' ? 1 : (take(node, 'axis') as number | undefined);
  const [left, right] = node.inputs;
  if (axis === undefined) return undefined;
  const [whole, part] = [rankOf(left), rankOf(right)];
  if (whole === undefined || part === undefined)
    return 'the number of dimensions of its operands is not known';
  const behind = whole - (axis < 0 ? axis + whole : axis) - part;
  if (behind <= 0 || part === 0) return undefined;
  const axes = Array.from({ length: behind }, (_, i) => part + i);
  node.inputs[1] = g.op('Unsqueeze', [right, g.ints(axes)]);
  return undefined;
}

function refuseUnlessSpatial({ node }: Rewriting): string | undefined {
  return take(node, 'spatial') === 0 ? 'it normalises every position by itself (spatial = 0)' : undefined;
}

function sliceByInputs({ node, g }: Rewriting): undefined {
  for (const [i, name] of ['starts', 'ends', 'axes'].entries()) attributeToInput(node, name, i + 1, g);
}

/** Upsample, and Resize before operator set 11: positions counted from the corner, the nearest one towards it. */
function resizeFromCorner({ node, g }: Rewriting): string | undefined {
  const [x, scales] = node.inputs;
  const known = g.graph.initializers.get(scales);
  const shrinks = known && [...(known.data as Float32Array)].some((scale) => scale < 1);
  const nearest = ((node.attributes.mode?.value as string) ?? 'nearest') === 'nearest';
  if (node.op === 'Resize' && nearest && (!known || shrinks))
    return 'it makes smaller by the nearest pixel, which operator set 10 does not define';
  node.op = 'Resize';
  node.inputs = [x, '', scales];
  node.attributes.coordinate_transformation_mode = { kind: 'string', value: 'asymmetric' };
  node.attributes.nearest_mode = { kind: 'string', value: 'floor' };
  return undefined;
}

function clipByInputs({ node, g }: Rewriting): undefined {
  for (const [i, name] of ['min', 'max'].entries()) {
    const bound = take(node, name) as number | undefined;
    if (bound !== undefined) setInput(node, i + 1, g.floats(bound));
  }
}

function padByInputs({ node, g }: Rewriting): undefined {
  attributeToInput(node, 'pads', 1, g);
  const value = take(node, 'value') as number | undefined;
  if (value) setInput(node, 2, g.floats(value));
}

/** Drops what only training used: attributes, and outputs behind the first. */
function inferenceOnly(node: Node, attribute?: string): undefined {
  if (attribute) drop(node, attribute);
  node.outputs = node.outputs.slice(0, 1);
}

/**
 * Before operator set 13 Softmax and its kin went over all axes from `axis` (default 1) on together.
 * The last axis alone is the same in both; else the value is flattened for it and takes its shape again.
 */
function flattenAround({ node, g, rankOf, following }: Rewriting): undefined {
  const { op, inputs, outputs } = node;
  const axis = (take(node, 'axis') as number | undefined) ?? 1;
  const [x] = inputs;
  const rank = rankOf(x);
  node.attributes.axis = { kind: 'int', value: -1 };
  if (axis === -1 || axis === (rank ?? Number.NaN) - 1) return;
  const shape = g.op('Shape', [x]);
  node.inputs = [g.op('Flatten', [x], { axis })];
  node.outputs = [g.fresh(op)];
  following.push(plainNode('Reshape', g.fresh('Reshape'), [node.outputs[0], shape], outputs));
}

function refuseTensorflowHalfPixel({ node }: Rewriting): string | undefined {
  const mode = node.attributes.coordinate_transformation_mode?.value;
  return mode === 'tf_half_pixel_for_nn' ? `the coordinates "${mode}" are gone` : undefined;
}

/** From operator set 18 on, equal parts are asked for by their number. */
function countParts({ node }: Rewriting): undefined {
  if (!node.inputs[1]) node.attributes.num_outputs = { kind: 'int', value: node.outputs.length };
}

/** Region and scales that do not apply were empty tensors before they could be left out. */
function leaveOutEmptyInputs({ node, g }: Rewriting): undefined {
  const isEmpty = (value: Value) =>
    (g.graph.initializers.get(value) as Tensor | undefined)?.data.length === 0;
  node.inputs = node.inputs.map((input) => (isEmpty(input) ? '' : input));
}

function plainNode(op: string, name: string, inputs: Value[], outputs: Value[]): Node {
  return { op, domain: '', name, inputs, outputs, attributes: {} };
}
