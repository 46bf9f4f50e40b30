/** Graphs as they infer: what an exporter left in the form of training would make the features of an image depend on chance or on its batch. */
import type { Graph, Node } from '../onnx/graph.ts';

/** The graph with Dropout passing everything on, and BatchNormalization going by its running statistics. */
export function inferenceForm(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map(inferring) };
}

function inferring(node: Node): Node {
  const { op, domain, inputs, outputs } = node;
  if (domain !== '') return node;
  if (op === 'Dropout')
    return {
      ...node,
      op: 'Identity',
      inputs: inputs.slice(0, 1),
      outputs: outputs.slice(0, 1),
      attributes: {},
    };
  if (op !== 'BatchNormalization') return node;
  const { training_mode: _, ...attributes } = node.attributes;
  return { ...node, outputs: outputs.slice(0, 1), attributes };
}
