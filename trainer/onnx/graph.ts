/** The graph that everything in training is: nodes with ONNX's operators over named values. Mirrors ONNX, nothing added. */
import { SinterError } from '../../retrieval/errors.ts';
import type { DType, Tensor } from './tensor.ts';

/** The name of a tensor that flows between nodes; '' stands for an input or output left out. */
export type Value = string;

/** An operator's setting. ONNX tells 1 from 1.0, hence the kinds. `opaque` keeps a subgraph or a list of tensors as it was read. */
export type Attribute =
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'ints'; value: number[] }
  | { kind: 'floats'; value: number[] }
  | { kind: 'strings'; value: string[] }
  | { kind: 'opaque'; value: unknown };

export type Node = {
  op: string;
  /** '' for ONNX's own operators. */
  domain: string;
  name: string;
  inputs: Value[];
  outputs: Value[];
  attributes: Record<string, Attribute>;
};

/** A graph's input or output; a dimension is a size, or the name of one that is known at run time only. Without a type it is left to infer. */
export type ValueInfo = { name: Value; dtype?: DType; dims: (number | string)[] };

export type Graph = {
  name: string;
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  opsets: Record<string, number>;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: Map<Value, Tensor>;
  /** In an order in which every value is made before it is used. */
  nodes: Node[];
};

/** The newest operator set written here: what graphs built from nothing declare. */
export const OPSET = 18;

export function emptyGraph(name: string, opsets: Record<string, number> = { '': OPSET }): Graph {
  return { name, opsets, inputs: [], outputs: [], initializers: new Map(), nodes: [] };
}

/** A copy whose lists can change without the original; tensors are shared. */
export function copyGraph(graph: Graph): Graph {
  return {
    ...graph,
    opsets: { ...graph.opsets },
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    initializers: new Map(graph.initializers),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs], outputs: [...node.outputs] })),
  };
}

/** The attributes as plain values, to be destructured with ONNX's defaults. */
export function plainAttributes<T extends Record<string, unknown>>(node: Node): Partial<T> {
  return Object.fromEntries(
    Object.entries(node.attributes).map(([name, { value }]) => [name, value]),
  ) as Partial<T>;
}

/** The nodes that `wanted` values need, in their order; initializers and inputs end the walk. */
export function nodesFor(graph: Graph, wanted: Iterable<Value>): Node[] {
  const needed = new Set(wanted);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const input of [...node.inputs, ...freeValues(node)]) needed.add(input);
  }
  return kept.reverse();
}

/** The graph cut down to what its outputs need: fewer nodes, initializers and inputs. */
export function pruneGraph(graph: Graph): Graph {
  const outputs = graph.outputs.map(({ name }) => name);
  const nodes = nodesFor(graph, outputs);
  const used = new Set([...outputs, ...nodes.flatMap((node) => [...node.inputs, ...freeValues(node)])]);
  return {
    ...graph,
    nodes,
    inputs: graph.inputs.filter(({ name }) => used.has(name)),
    initializers: new Map([...graph.initializers].filter(([name]) => used.has(name))),
  };
}

/** How a node is named in messages. */
export function describeNode(node: Node): string {
  return `${node.op}${node.name ? ` "${node.name}"` : ''} (outputs ${node.outputs.filter(Boolean).join(', ')})`;
}

/** Throws `bad-model` unless the graph has exactly one output of that name or, without a name, exactly one. */
export function findOutput(graph: Graph, name?: string): ValueInfo {
  const names = graph.outputs.map((output) => output.name);
  const found = name === undefined ? graph.outputs : graph.outputs.filter((output) => output.name === name);
  if (found.length !== 1)
    throw new SinterError(
      'bad-model',
      `Expected one output${name ? ` "${name}"` : ''} of the graph "${graph.name}", found ${names.join(', ') || 'none'}.`,
    );
  return found[0] as ValueInfo;
}

type RawSubgraph = { node?: { input?: string[]; attribute?: RawAttribute[] }[] };
type RawAttribute = { g?: RawSubgraph; graphs?: RawSubgraph[] };

/** Values of the outer graph that a node's subgraphs read (If, Loop, Scan); may list inner names too, which do no harm. */
function freeValues(node: Node): Value[] {
  const inSubgraph = (graph: RawSubgraph): Value[] =>
    (graph.node ?? []).flatMap((inner) => [
      ...(inner.input ?? []),
      ...(inner.attribute ?? []).flatMap(inAttribute),
    ]);
  const inAttribute = ({ g, graphs }: RawAttribute): Value[] =>
    [...(g ? [g] : []), ...(graphs ?? [])].flatMap(inSubgraph);
  return Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === 'opaque' ? inAttribute(attribute.value as RawAttribute) : [],
  );
}
