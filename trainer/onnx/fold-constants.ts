/** Computes beforehand what a graph computes from constants and shapes alone, so that gradient rules meet constants there. */
import { type Graph, type Node, plainAttributes, pruneGraph, type Value } from './graph.ts';
import { runOnce } from './runner.ts';
import { readShapes, type Shapes } from './shapes.ts';
import { ints, type Tensor } from './tensor.ts';

/** Operators that answer something else every time. */
const RANDOM = [
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
];

/**
 * The graph for these sizes of its inputs with all that depends on nothing but shapes and constants as initializers: shape
 * arithmetic (Shape, Gather, Concat, ConstantOfShape, Range ...), and constants that are cast, transposed or the like.
 * @param sizes the sizes of dimensions that the graph's inputs give by name.
 * Inputs, and initializers that nothing read before, stay as they are.
 * @param kept initializers that training changes: what is made of them stays to be computed.
 */
export async function foldConstants(
  graph: Graph,
  sizes: Record<string, number>,
  kept: Iterable<Value> = [],
): Promise<Graph> {
  const constants = new Map(graph.initializers);
  for (const name of kept) constants.delete(name);
  const folded = new Set<Node>();
  const known = new Set(constants.keys());
  const shapes = graph.nodes.some(isShape) ? await readShapes(graph, sizes) : new Map();
  for (const node of graph.nodes) {
    const shape = shapeValue(node, shapes);
    if (shape) constants.set(node.outputs[0], shape);
    else if (!isFixed(node, known)) continue;
    folded.add(node);
    for (const output of node.outputs) known.add(output);
  }
  const nodes = graph.nodes.filter((node) => !folded.has(node));
  const read = valuesRead(graph, nodes);
  const computed = await compute(
    { ...graph, inputs: [], initializers: constants, nodes: [...folded].filter((node) => !isShape(node)) },
    read,
  );
  const ofFolded = new Set([...folded].flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  const isUsedUp = (name: Value) => ofFolded.has(name) && !read.has(name);
  const initializers = [...graph.initializers, ...constants, ...computed];
  return { ...graph, initializers: new Map(initializers.filter(([name]) => !isUsedUp(name))), nodes };
}

function isShape({ op, domain }: Node): boolean {
  return domain === '' && (op === 'Shape' || op === 'Size');
}

/** What a Shape or Size node answers. */
function shapeValue(node: Node, shapes: Shapes): Tensor | undefined {
  if (!isShape(node)) return undefined;
  const dims = shapes.get(node.inputs[0])?.dims as number[];
  if (node.op === 'Size') return ints(dims.reduce((product, dim) => product * dim, 1));
  const { start = 0, end } = plainAttributes<{ start: number; end: number }>(node);
  return ints(dims.slice(start, end));
}

/** Whether the node always answers the same; a node with a subgraph may read what cannot be seen here. */
function isFixed({ op, inputs, attributes }: Node, known: ReadonlySet<Value>): boolean {
  const hasSubgraph = Object.values(attributes).some(({ kind }) => kind === 'opaque');
  return !RANDOM.includes(op) && !hasSubgraph && inputs.every((input) => input === '' || known.has(input));
}

function valuesRead(graph: Graph, nodes: Node[]): Set<Value> {
  return new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
}

/** Runs the nodes, which need no inputs, for those of their values that are wanted. */
async function compute(graph: Graph, wanted: ReadonlySet<Value>): Promise<[Value, Tensor][]> {
  const made = graph.nodes.flatMap(({ outputs }) => outputs.filter((output) => wanted.has(output)));
  if (made.length === 0) return [];
  const outputs = made.map((name) => ({ name, dims: [] }));
  return Object.entries(await runOnce(pruneGraph({ ...graph, outputs }), {}));
}
