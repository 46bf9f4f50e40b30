/** Names that the trainer gives to values of its own are free in every imported graph. */
import type { Graph, Value } from '../onnx/graph.ts';
import { FEATURES, PIXELS } from './network.ts';

/** Inputs and outputs of training graphs and bundles. */
const RESERVED = [PIXELS, FEATURES, 'labels', 'alpha', 'learning_rate', 'loss', 'embedding'];

/** The graph with values and nodes of such names under others, and the name that `value` has in it. Inputs keep theirs. */
export function renameReserved(graph: Graph, value: Value): { graph: Graph; value: Value } {
  const taken = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  const renamed = new Map(
    RESERVED.filter((name) => taken.has(name)).map((name) => [name, `${name} of the file`]),
  );
  const nameOf = (name: Value) => renamed.get(name) ?? name;
  return {
    value: nameOf(value),
    graph: {
      ...graph,
      outputs: graph.outputs.map((output) => ({ ...output, name: nameOf(output.name) })),
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [nameOf(name), tensor])),
      nodes: graph.nodes.map((node) => ({
        ...node,
        name: nameOf(node.name),
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map(nameOf),
      })),
    },
  };
}
