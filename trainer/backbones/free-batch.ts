/** Lets a graph whose file fixes the number of images take any number: constants that stand for the batch are written anew. */
import { copyGraph, type Graph, type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { ints } from '../onnx/tensor.ts';

/** Operators that keep the order of the elements and change only the shape. */
const RESHAPING = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/** Where a value has its images: along an axis or, where that was joined with the axis before it, as the inner part of that. */
type Place = { axis: number; isInner: boolean };

type Context = { g: GraphBuilder; dims: (value: Value) => number[]; batch: number };

/**
 * Follows the axis of the images from the input through the graph. Reshape targets with the batch as a number get a free
 * size in its place; constants that are joined to images, such as a class token, are repeated for each. The result is a
 * proposal: whether it computes the same for every image is for the caller to see.
 * @param shapes of all values at the batch size that the file fixes, `batch`.
 */
export function freeBatch(graph: Graph, image: Value, shapes: Shapes, batch: number): Graph {
  const g = new GraphBuilder(copyGraph(graph));
  const context: Context = { g, dims: (value) => shapes.get(value)?.dims ?? [], batch };
  const places = new Map<Value, Place>([[image, { axis: 0, isInner: false }]]);
  for (const node of g.graph.nodes.splice(0)) {
    const data = node.inputs.find((input) => places.has(input));
    if (data !== undefined) {
      const place = places.get(data) as Place;
      const made = node.outputs.map((output) => placeBehind(context, node, data, place, output));
      if (node.op === 'Reshape') freeTarget(context, node, place, made[0]);
      if (node.op === 'Concat') repeatConstants(context, node, data, place, places);
      for (const [i, output] of node.outputs.entries()) if (made[i]) places.set(output, made[i]);
    }
    g.graph.nodes.push(node);
  }
  return g.graph;
}

function placeBehind(
  context: Context,
  node: Node,
  data: Value,
  place: Place,
  output: Value,
): Place | undefined {
  const { axis, isInner } = place;
  const [from, to] = [context.dims(data), context.dims(output)];
  const { perm, axis: along = 0 } = plainAttributes<{ perm: number[]; axis: number }>(node);
  if (node.op === 'Shape' || node.op === 'Size') return undefined;
  if (RESHAPING.includes(node.op)) return placeInShape(from, to, place, context.batch);
  if (node.op === 'Transpose')
    return { axis: (perm ?? from.map((_, i) => from.length - 1 - i)).indexOf(axis), isInner };
  if (node.op === 'Gather') {
    const gathered = along < 0 ? along + from.length : along;
    return { axis: gathered < axis ? axis + to.length - from.length : axis, isInner };
  }
  // Reductions drop axes behind that of the images; operands of fewer dimensions are aligned at the end.
  return { axis: to.length < from.length ? axis : axis + to.length - from.length, isInner };
}

/**
 * Elements keep their order in a reshape: the axis of `to` from which on there are as many as the images of the whole
 * batch take up in `from`. Of several, which can only be because of sizes of 1, the first. Where that would be the last
 * axis, which holds features and no images, they have been joined with the axis before it.
 */
function placeInShape(
  from: number[],
  to: number[],
  { axis, isInner }: Place,
  batch: number,
): Place | undefined {
  const ofBatch = isInner ? batch * elements(from.slice(axis + 1)) : elements(from.slice(axis));
  const found = to.findIndex((_, i) => elements(to.slice(i)) === ofBatch);
  if (found < 0) return undefined;
  return found > 0 && found === to.length - 1
    ? { axis: found - 1, isInner: true }
    : { axis: found, isInner: false };
}

/** Puts a free size where the target of a Reshape has the batch as a number. */
function freeTarget({ g, dims }: Context, node: Node, from: Place, to: Place | undefined): void {
  const target = g.graph.initializers.get(node.inputs[1]);
  if (!to || !target) return;
  const sizes = Array.from(target.data, Number);
  const size = sizes[to.axis];
  if (size <= 0) return;
  if (sizes.includes(-1) && to.axis === from.axis && size === 1) sizes[to.axis] = 0;
  else {
    const made = dims(node.outputs[0]);
    for (const [axis, given] of sizes.entries()) if (given <= 0) sizes[axis] = made[axis];
    sizes[to.axis] = -1;
  }
  node.inputs[1] = g.constant(ints(sizes));
}

/** A constant that is joined to images along another axis than theirs, repeated for each of them. */
function repeatConstants(
  { g, dims }: Context,
  node: Node,
  data: Value,
  { axis }: Place,
  places: ReadonlyMap<Value, Place>,
): void {
  const { axis: along = 0 } = plainAttributes<{ axis: number }>(node);
  const rank = dims(data).length;
  if ((along < 0 ? along + rank : along) === axis) return;
  node.inputs = node.inputs.map((input) => {
    if (places.has(input)) return input;
    const count = g.op('Shape', [data], { start: axis, end: axis + 1 });
    const ones = (length: number) => g.constant(ints(new Array(length).fill(1)));
    const shape = g.op('Concat', [ones(axis), count, ones(rank - axis - 1)], { axis: 0 });
    return g.op('Expand', [input, shape]);
  });
}

function elements(dims: number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
