/**
 * ONNX Runtime multiplies the elements of [K, C, 1, 1] by a number one by one, forty times as slowly as it could, unless
 * the number has as many axes. So have the weights of 1×1 convolutions in every update.
 */
import { copyGraph, type Graph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { elementCount } from '../onnx/tensor.ts';

const BROADCASTING = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min']);

/** The graph with single numbers given as many axes as the values that end in an axis of size 1 and are joined with them. */
export function alignNumbers(graph: Graph, shapes: Shapes): Graph {
  const g = new GraphBuilder(copyGraph(graph));
  const aligned = new Map<string, Value>();
  const dims = (value: Value) => shapes.get(value)?.dims ?? [];
  const align = (value: Value, rank: number): Value => {
    const key = `${rank} ${value}`;
    const made = aligned.get(key) ?? g.reshape(value, new Array(rank).fill(1));
    aligned.set(key, made);
    return made;
  };
  for (const node of g.graph.nodes.splice(0)) {
    const whole = dims(node.outputs[0]);
    if (node.domain === '' && BROADCASTING.has(node.op) && whole.length > 1 && whole.at(-1) === 1)
      node.inputs = node.inputs.map((value) =>
        shapes.has(value) && elementCount(dims(value)) === 1 && dims(value).length < whole.length
          ? align(value, whole.length)
          : value,
      );
    g.graph.nodes.push(node);
  }
  return g.graph;
}
