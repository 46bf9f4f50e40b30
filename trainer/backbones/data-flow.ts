/** Who makes which value of a graph, and what of it depends on constants and shapes alone. */
import type { Graph, Node, Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

export type DataFlow = {
  /** The node that makes a value; inputs and initializers have none. */
  producer: (value: Value) => Node | undefined;
  /** Whether a value is the same whatever is in the graph's inputs; it may depend on their shapes. */
  isFixed: (value: Value) => boolean;
  /** The initializers that a fixed value is made of. */
  sources: (value: Value) => { name: Value; tensor: Tensor }[];
};

export function dataFlowOf(graph: Graph): DataFlow {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const fixed = new Set<Value>(['', ...graph.initializers.keys()]);
  for (const { op, inputs, outputs } of graph.nodes)
    if (asksForShape(op) || inputs.every((input) => fixed.has(input)))
      for (const output of outputs) fixed.add(output);
  const sources: DataFlow['sources'] = (value) => {
    const tensor = graph.initializers.get(value);
    if (tensor) return [{ name: value, tensor }];
    const node = producers.get(value);
    return !node || asksForShape(node.op) ? [] : node.inputs.flatMap(sources);
  };
  return { producer: (value) => producers.get(value), isFixed: (value) => fixed.has(value), sources };
}

function asksForShape(op: string): boolean {
  return op === 'Shape' || op === 'Size';
}
