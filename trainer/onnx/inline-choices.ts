/** If nodes whose condition is known beforehand, as exporters write them for questions about shapes, give way to the branch that is taken. */
import { foldConstants } from './fold-constants.ts';
import type { Graph, Node, Value } from './graph.ts';
import { subgraphOf } from './model-file.ts';

/**
 * The graph with such If nodes replaced, those within branches too; what depends on the image stays.
 * @param sizes of the dimensions that the graph's inputs give by name: what shapes are asked about.
 */
export async function inlineChoices(graph: Graph, sizes: Record<string, number>): Promise<Graph> {
  const choices = graph.nodes.filter(isChoice);
  if (choices.length === 0) return graph;
  // What keeps a graph from running is for whoever needs it to run to say.
  const { initializers } = await foldConstants(graph, sizes).catch(() => graph);
  const decided = choices.filter(({ inputs: [condition] }) => initializers.has(condition));
  if (decided.length === 0) return graph;
  const inlined: Graph = { ...graph, nodes: [], initializers: new Map(graph.initializers) };
  for (const node of graph.nodes) {
    const isTaken = decided.includes(node) ? initializers.get(node.inputs[0])?.data[0] : undefined;
    if (isTaken === undefined) inlined.nodes.push(node);
    else takeOver(inlined, node, subgraphOf(node.attributes[isTaken ? 'then_branch' : 'else_branch']));
  }
  return inlineChoices(inlined, sizes);
}

function isChoice({ op, domain }: Node): boolean {
  return domain === '' && op === 'If';
}

/** Names within a branch are nowhere else in a model, so they stay; what the branch answers gets the name that the node gave it. */
function takeOver(graph: Graph, { outputs }: Node, branch: Graph): void {
  const names = new Map(branch.outputs.map(({ name }, i) => [name, outputs[i]] as const));
  const renamed = (value: Value) => names.get(value) ?? value;
  for (const [name, value] of branch.initializers) graph.initializers.set(renamed(name), value);
  for (const node of branch.nodes)
    graph.nodes.push({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) });
}
