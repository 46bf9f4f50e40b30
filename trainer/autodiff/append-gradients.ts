/**
 * Reverse-mode differentiation: walks a graph from its loss backwards and appends the gradient as more nodes.
 * The one place that accumulates; what an operator's gradient is stands in the table of rules.
 */
import { SinterError } from '../../retrieval/errors.ts';
import { describeNode, type Graph, type Node, nodesFor, type Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import type { DType } from '../onnx/tensor.ts';
import { isPiecewiseConstant } from './piecewise-constant.ts';
import type { Backward } from './rule.ts';
import { EVERY_OUTPUT_HAS_GRADIENT, RULES } from './rules.ts';

type Gradients = (Value | undefined)[];

/** What the walk made of a node: given the gradient `dy` of its first output, those of its inputs by position. */
export type NodeGradient = { node: Node; dy: Value; gradients: Gradients };

/**
 * Appends d`loss`/d`v` for each `v` of `wrt`; only nodes between them are differentiated, so what is frozen costs nothing.
 * @param loss a scalar of the graph, or any value, whose elements are then summed.
 * @param shapes of all forward values.
 * @param made receives what was made of every node, for who knows a faster way to the same values.
 * @returns the gradient's value by the value it belongs to, of the same shape; values that do not reach the loss are absent.
 * @throws SinterError `unsupported`, naming every node on the way that has no rule or that its rule refuses.
 */
export function appendGradients(
  g: GraphBuilder,
  loss: Value,
  wrt: Value[],
  shapes: Shapes,
  made: NodeGradient[] = [],
): Map<Value, Value> {
  const { nodes, active } = differentiablePath(g.graph, loss, wrt);
  const dims = (value: Value) => typeOf(shapes, value).dims;
  const dtype = (value: Value) => typeOf(shapes, value).dtype;
  const refusals: string[] = [];
  const parts = new Map<Value, Value[]>([[loss, [ones(g, dims(loss))]]]);
  for (const node of nodes.reverse()) {
    const arrived = outputsWithGradient(node).map((output) => total(g, parts, output));
    if (arrived.every((dy) => dy === undefined)) continue;
    const { inputs, outputs } = node;
    const dys = arrived.map((dy, position) => dy ?? zeros(g, dims(outputs[position])));
    const wants = (input: number) => active.has(inputs[input]);
    const gradients = applyRule({ g, node, inputs, outputs, dy: dys[0], dys, dims, dtype, wants }, refusals);
    made.push({
      node,
      dy: dys[0],
      gradients: gradients.map((one, position) => (wants(position) ? one : undefined)),
    });
    gradients.forEach((gradient, position) => {
      if (gradient === undefined || !wants(position)) return;
      parts.set(inputs[position], [...(parts.get(inputs[position]) ?? []), gradient]);
    });
  }
  if (refusals.length > 0) throw unsupported(refusals);
  const found = wrt.map((value) => [value, total(g, parts, value)] as const);
  return new Map(found.filter((entry): entry is [Value, Value] => entry[1] !== undefined));
}

/** The nodes between `wrt` and `loss` whose operators have no gradient rule, found without building or running anything. */
export function nodesWithoutRule(graph: Graph, loss: Value, wrt: Value[]): Node[] {
  return differentiablePath(graph, loss, wrt).nodes.filter((node) => !hasRule(node));
}

/** Nodes in their order through which the gradient of `loss` gets to `wrt`, and all values that depend on `wrt`. */
function differentiablePath(
  graph: Graph,
  loss: Value,
  wrt: Value[],
): { nodes: Node[]; active: ReadonlySet<Value> } {
  const candidates = nodesFor(graph, [loss]).filter((node) => !isPiecewiseConstant(node));
  const active = new Set(wrt);
  for (const node of candidates)
    if (node.inputs.some((input) => active.has(input)))
      for (const output of outputsWithGradient(node)) active.add(output);
  const receiving = new Set([loss]);
  const nodes = candidates.reverse().filter((node) => {
    const outputs = outputsWithGradient(node);
    const between = outputs.some((output) => receiving.has(output) && active.has(output));
    if (between) for (const input of node.inputs) receiving.add(input);
    return between;
  });
  return { nodes: nodes.reverse(), active };
}

function outputsWithGradient({ op, outputs }: Node): Value[] {
  return EVERY_OUTPUT_HAS_GRADIENT.has(op) ? outputs : outputs.slice(0, 1);
}

function hasRule({ op, domain }: Node): boolean {
  return domain === '' && Object.hasOwn(RULES, op);
}

/**
 * What the node's rule makes. Where it refuses or is missing, that is noted, and the forward values stand in for the gradients:
 * they have the right shapes, so the walk gets to the other nodes that will be refused; nothing that comes out of it is used.
 */
function applyRule(backward: Backward, refusals: string[]): Gradients {
  const { g, node, inputs } = backward;
  if (!hasRule(node)) {
    refusals.push(`${describeNode(node)} has no gradient rule`);
    return inputs;
  }
  try {
    return g.in('gradient', () => RULES[node.op](backward));
  } catch (error) {
    if (!(error instanceof SinterError && error.code === 'unsupported')) throw error;
    refusals.push(error.message.replace(/\.$/, ''));
    return inputs;
  }
}

function unsupported(refusals: string[]): SinterError {
  return new SinterError(
    'unsupported',
    `${refusals.length} node(s) between the trained values and the loss cannot be differentiated: ${refusals.reverse().join('; ')}. ` +
      `Operators with a rule: ${Object.keys(RULES).sort().join(', ')}.`,
  );
}

/** The sum of what has arrived for a value; the sum takes the place of its parts. */
function total(g: GraphBuilder, parts: Map<Value, Value[]>, value: Value): Value | undefined {
  const arrived = parts.get(value);
  if (!arrived) return undefined;
  const sum = arrived.reduce((left, right) => g.in('gradient', () => g.op('Add', [left, right])));
  parts.set(value, [sum]);
  return sum;
}

function typeOf(shapes: Shapes, value: Value): { dtype: DType; dims: number[] } {
  const found = shapes.get(value);
  if (!found) throw new Error(`No shape is known for "${value}". This is a bug.`);
  return found;
}

function ones(g: GraphBuilder, dims: number[]): Value {
  return g.floats(new Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
}

function zeros(g: GraphBuilder, dims: number[]): Value {
  return g.in('gradient', () => g.op('Expand', [g.floats(0), g.ints(dims)]));
}
