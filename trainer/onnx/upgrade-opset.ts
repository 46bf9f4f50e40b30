/** Graphs of older operator sets in today's form, so that gradient rules and everything else know one form of each operator. */
import { SinterError } from '../../retrieval/errors.ts';
import { copyGraph, describeNode, type Graph, type Node, OPSET, type Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { CHANGES, type Change, REFUSED } from './operator-changes.ts';

/**
 * The graph in operator set 18 that computes the same; a graph of a newer set stays as it is.
 * Source: "Operator Changelog" of the ONNX specification.
 * @throws SinterError `unsupported`, naming every node whose old form has none in operator set 18, or none that is known here.
 */
export function upgradeOpset(graph: Graph): Graph {
  const from = graph.opsets[''] ?? OPSET;
  if (from >= OPSET) return graph;
  refuseSubgraphs(graph, from);
  const g = new GraphBuilder({ ...copyGraph(graph), opsets: { ...graph.opsets, '': OPSET } });
  const rankOf = rankFinder(graph);
  const refusals: string[] = [];
  for (const old of g.graph.nodes.splice(0)) {
    const node = { ...old, attributes: { ...old.attributes } };
    const following: Node[] = [];
    for (const change of changesOf(node, from)) {
      const refusal = change.rewrite({ node, g, rankOf, following });
      if (refusal) refusals.push(`${describeNode(node)}: ${refusal}`);
    }
    g.graph.nodes.push(node, ...following);
  }
  if (refusals.length > 0)
    throw new SinterError(
      'unsupported',
      `${refusals.length} node(s) of operator set ${from} have no counterpart in ${OPSET}: ${refusals.join('; ')}. Convert the model first (onnx.version_converter), or export it again in operator set ${OPSET}.`,
    );
  return g.graph;
}

/** In the order in which they came to be; a later one sees what an earlier one has made. */
function changesOf({ op, domain }: Node, from: number): Change[] {
  if (domain !== '') return [];
  const refused = REFUSED.filter(({ ops, below }) => ops.includes(op) && from < below);
  const changes = CHANGES.filter(({ ops, below }) => (ops === 'all' || ops.includes(op)) && from < below);
  return [...refused.map(({ below, why }) => ({ ops: [op], below, rewrite: () => why })), ...changes];
}

/** Nodes in a subgraph are kept as they were read, so they cannot be rewritten. */
function refuseSubgraphs({ nodes }: Graph, from: number): void {
  const found = nodes.filter(({ op, domain }) => domain === '' && ['If', 'Loop', 'Scan'].includes(op));
  if (found.length === 0) return;
  throw new SinterError(
    'unsupported',
    `Graphs of operator set ${from} with subgraphs are not supported: ${found.map(describeNode).join('; ')}. Export the model in operator set ${OPSET} or newer.`,
  );
}

/** What always makes maps [N, C, H, W], of the operators that old exports have. */
const MAKES_MAPS = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'];
const KEEPS_RANK = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Sum',
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Sigmoid',
  'Tanh',
  'Clip',
];
const ALSO_KEEPS_RANK = [
  'BatchNormalization',
  'InstanceNormalization',
  'LRN',
  'Dropout',
  'Identity',
  'Concat',
];

/** Tells how many dimensions a value has as far as that needs no run: ONNX Runtime does not run sets this old. */
function rankFinder({ nodes, inputs, initializers }: Graph): (value: Value) => number | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const rankOf = (value: Value): number | undefined => {
    const known = initializers.get(value) ?? inputs.find(({ name }) => name === value);
    if (known) return known.dims.length;
    const node = producers.get(value);
    if (!node) return undefined;
    if (MAKES_MAPS.includes(node.op)) return 4;
    if (node.op === 'Gemm' || node.op === 'Flatten') return 2;
    return [...KEEPS_RANK, ...ALSO_KEEPS_RANK].includes(node.op) ? rankOf(node.inputs[0]) : undefined;
  };
  return rankOf;
}
