/**
 * Reverse-mode differentiation: walks a graph from its loss backwards and appends the gradient as more nodes.
 * The one place that accumulates; what an operator's gradient is stands in the table of rules.
 */
import { SinterError } from '../../retrieval/errors.ts';
import { describeNode, type Node, nodesFor, type Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { RULES } from './rules.ts';

/**
 * Appends d`loss`/d`v` for each `v` of `wrt`; only nodes between them are differentiated, so what is frozen costs nothing.
 * @param loss a scalar of the graph, or any value, whose elements are then summed.
 * @param shapes of all forward values.
 * @returns the gradient's value by the value it belongs to, of the same shape; values that do not reach the loss are absent.
 * @throws SinterError `unsupported`, naming every node on the way that has no rule.
 */
export function appendGradients(
  g: GraphBuilder,
  loss: Value,
  wrt: Value[],
  shapes: Shapes,
): Map<Value, Value> {
  const dims = (value: Value) => shapeOf(shapes, value);
  const active = valuesReachedFrom(wrt, nodesFor(g.graph, [loss]));
  const nodes = nodesFor(g.graph, [loss]).filter(({ outputs }) =>
    outputs.some((output) => active.has(output)),
  );
  refuseNodesWithoutRule(nodes);

  const parts = new Map<Value, Value[]>([[loss, [ones(g, dims(loss))]]]);
  for (const node of nodes.reverse()) {
    const dy = total(g, parts, node.outputs[0]);
    if (dy === undefined) continue;
    const wants = (input: number) => active.has(node.inputs[input]);
    const gradients = g.in('gradient', () =>
      RULES[node.op]({ g, node, inputs: node.inputs, outputs: node.outputs, dy, dims, wants }),
    );
    gradients.forEach((gradient, position) => {
      if (gradient === undefined || !wants(position)) return;
      const input = node.inputs[position];
      parts.set(input, [...(parts.get(input) ?? []), gradient]);
    });
  }
  const found = wrt.map((value) => [value, total(g, parts, value)] as const);
  return new Map(found.filter((entry): entry is [Value, Value] => entry[1] !== undefined));
}

/** The sum of what has arrived for a value; the sum takes the place of its parts. */
function total(g: GraphBuilder, parts: Map<Value, Value[]>, value: Value): Value | undefined {
  const arrived = parts.get(value);
  if (!arrived) return undefined;
  const sum = arrived.reduce((left, right) => g.in('gradient', () => g.op('Add', [left, right])));
  parts.set(value, [sum]);
  return sum;
}

function valuesReachedFrom(sources: Value[], nodes: Node[]): Set<Value> {
  const reached = new Set(sources);
  for (const { inputs, outputs } of nodes)
    if (inputs.some((input) => reached.has(input))) for (const output of outputs) reached.add(output);
  return reached;
}

function refuseNodesWithoutRule(nodes: Node[]): void {
  const missing = nodes.filter(({ op, domain }) => domain !== '' || !Object.hasOwn(RULES, op));
  if (missing.length === 0) return;
  throw new SinterError(
    'unsupported',
    `No gradient rule for ${missing.length} node(s) between the trained values and the loss: ${missing.map(describeNode).join('; ')}. ` +
      `Operators with a rule: ${Object.keys(RULES).sort().join(', ')}.`,
  );
}

function shapeOf(shapes: Shapes, value: Value): number[] {
  const found = shapes.get(value);
  if (!found) throw new Error(`No shape is known for "${value}". This is a bug.`);
  return found.dims;
}

function ones(g: GraphBuilder, dims: number[]): Value {
  return g.floats(new Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
}
