/** Lets a graph whose file fixes the number of images take any number: constants that stand for the batch are written anew. */
import { copyGraph, type Graph, type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { ints } from '../onnx/tensor.ts';

/** Operators that keep the order of the elements and change only the shape. */
const RESHAPING = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/**
 * Follows the axis of the images from the input through the graph. Reshape targets with the batch as a number get a free
 * size in its place; constants that are joined to images, such as a class token, are repeated for each. The result is a
 * proposal: whether it computes the same for every image is for the caller to see.
 * @param shapes of all values at the batch size that the file fixes.
 */
export function freeBatch(graph: Graph, image: Value, shapes: Shapes): Graph {
  const g = new GraphBuilder(copyGraph(graph));
  const dims = (value: Value) => shapes.get(value)?.dims ?? [];
  const axes = new Map<Value, number>([[image, 0]]);
  for (const node of g.graph.nodes.splice(0)) {
    const data = node.inputs.find((input) => axes.has(input));
    if (data !== undefined) {
      const axis = axes.get(data) as number;
      if (node.op === 'Reshape')
        freeTarget(g, node, dims(node.outputs[0]), axis, axisBehind(node, data, axis, dims));
      if (node.op === 'Concat') repeatConstants(g, node, data, axis, axes, dims);
      for (const output of node.outputs) {
        const next = axisBehind(node, data, axis, dims, output);
        if (next !== undefined) axes.set(output, next);
      }
    }
    g.graph.nodes.push(node);
  }
  return g.graph;
}

/** Where the axis of the images is behind a node. */
function axisBehind(
  node: Node,
  data: Value,
  axis: number,
  dims: (value: Value) => number[],
  output = node.outputs[0],
): number | undefined {
  const [from, to] = [dims(data), dims(output)];
  const { perm, axis: along = 0 } = plainAttributes<{ perm: number[]; axis: number }>(node);
  if (node.op === 'Shape' || node.op === 'Size') return undefined;
  if (node.op === 'Transpose') return (perm ?? from.map((_, i) => from.length - 1 - i)).indexOf(axis);
  if (RESHAPING.includes(node.op)) return sameElements(from, to, axis);
  if (node.op === 'Gather') {
    const gathered = along < 0 ? along + from.length : along;
    return gathered < axis ? axis + to.length - from.length : axis;
  }
  // Reductions drop axes behind that of the images; operands of fewer dimensions are aligned at the end.
  return to.length < from.length ? axis : axis + to.length - from.length;
}

/**
 * The axis of `to` that begins where the images of `from` do: so many elements lie from it on. Of several, which can only
 * be because of sizes of 1, the first; the last axis holds features and is no batch unless it is alone.
 */
function sameElements(from: number[], to: number[], axis: number): number | undefined {
  const perBatch = elements(from.slice(axis));
  const found = to.findIndex((_, i) => elements(to.slice(i)) === perBatch);
  if (found < 0) return undefined;
  return found > 0 && found === to.length - 1 ? found - 1 : found;
}

/** Puts a free size where the target of a Reshape has the batch as a number. */
function freeTarget(g: GraphBuilder, node: Node, made: number[], from: number, to: number | undefined): void {
  const target = g.graph.initializers.get(node.inputs[1]);
  if (to === undefined || !target) return;
  const sizes = Array.from(target.data, Number);
  if (sizes[to] <= 0) return;
  const isFree = sizes.includes(-1);
  if (isFree && to === from && sizes[to] === 1) sizes[to] = 0;
  else {
    for (const [axis, size] of sizes.entries()) if (size <= 0) sizes[axis] = made[axis];
    sizes[to] = -1;
  }
  node.inputs[1] = g.constant(ints(sizes));
}

/** A constant that is joined to images along another axis than theirs, repeated for each of them. */
function repeatConstants(
  g: GraphBuilder,
  node: Node,
  data: Value,
  axis: number,
  axes: ReadonlyMap<Value, number>,
  dims: (value: Value) => number[],
): void {
  const { axis: along = 0 } = plainAttributes<{ axis: number }>(node);
  const rank = dims(data).length;
  if ((along < 0 ? along + rank : along) === axis) return;
  node.inputs = node.inputs.map((input) => {
    if (axes.has(input)) return input;
    const count = g.op('Shape', [data], { start: axis, end: axis + 1 });
    const ones = (length: number) => g.constant(ints(new Array(length).fill(1)));
    const shape = g.op('Concat', [ones(axis), count, ones(rank - axis - 1)], { axis: 0 });
    return g.op('Expand', [input, shape]);
  });
}

function elements(dims: number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
