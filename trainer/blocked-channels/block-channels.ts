/**
 * Rewrites a training step for CPUs: convolutions, norms and what stands between them work on maps whose channels lie in
 * blocks, on the kernels that ONNX Runtime otherwise keeps for inference, as its own rewriting wants constant weights.
 * Gradients are made in other ways than the rules write them, so they are taken by what they are: `NodeGradient`s.
 */
import type { NodeGradient } from '../autodiff/append-gradients.ts';
import { copyGraph, type Graph, type Node, pruneGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { BlockedGraph, NCHWC } from './blocked-graph.ts';
import { appendConvolution, convolutionOf } from './convolution.ts';
import { appendClipGradient, appendElementwise, appendReluGradient } from './elementwise.ts';
import { appendImageGradient } from './image-gradient.ts';
import { appendNormalization, appendNormalizationGradient } from './normalization.ts';
import { appendGlobalAverage, appendMaxPool, appendMaxPoolGradient } from './pooling.ts';
import { appendWeightGradient } from './weight-gradient.ts';

/** Appends a node's blocked form; answers false where it has none, and has then appended nothing. */
type Form = (b: BlockedGraph, node: Node) => boolean;

/** Likewise for the gradients of a node's inputs, given that of its output. */
type GradientForm = (b: BlockedGraph, node: Node, dy: Value, gradients: (Value | undefined)[]) => boolean;

const FORMS: Readonly<Record<string, Form>> = {
  BatchNormalization: appendNormalization,
  Conv: appendConvolution,
  GlobalAveragePool: appendGlobalAverage,
  MaxPool: appendMaxPool,
};

const GRADIENT_FORMS: Readonly<Record<string, GradientForm>> = {
  BatchNormalization: appendNormalizationGradient,
  Clip: appendClipGradient,
  Conv: appendConvolutionGradient,
  MaxPool: appendMaxPoolGradient,
  Relu: appendReluGradient,
};

/**
 * @param gradients what the nodes' gradients are called in the graph, as `appendGradients` notes them.
 * @param shapes of every value of the graph.
 * @param block channels of a block, as `channelBlock` finds it.
 * @returns a graph with the same inputs and outputs.
 */
export function blockChannels(graph: Graph, gradients: NodeGradient[], shapes: Shapes, block: number): Graph {
  const g = new GraphBuilder({ ...copyGraph(graph), opsets: { ...graph.opsets, [NCHWC]: 1 } });
  const b = new BlockedGraph(g, block, shapes, countUses(graph));
  const groups = new Map<Value, NodeGradient>();
  for (const group of gradients)
    if (Object.hasOwn(GRADIENT_FORMS, group.node.op) && group.node.domain === '')
      for (const gradient of group.gradients) if (gradient) groups.set(gradient, group);

  for (const node of g.graph.nodes.splice(0)) {
    const group = node.outputs.map((output) => groups.get(output)).find(Boolean);
    if (group && appendGroup(b, group))
      for (const gradient of group.gradients) if (gradient) groups.delete(gradient);
    if (node.outputs.every((output) => !output || b.has(output))) continue;
    const form = node.domain === '' ? (FORMS[node.op] ?? appendElementwise) : undefined;
    if (!form?.(b, node)) b.keep(node);
  }
  for (const { name } of graph.outputs) b.plain(name);
  return pruneGraph(g.graph);
}

function appendGroup(b: BlockedGraph, { node, dy, gradients }: NodeGradient): boolean {
  return GRADIENT_FORMS[node.op](b, node, dy, gradients);
}

/** Each operand's gradient by itself: where one has no blocked form, the rule's nodes make it. */
function appendConvolutionGradient(
  b: BlockedGraph,
  node: Node,
  dy: Value,
  [dx, dw]: (Value | undefined)[],
): boolean {
  const convolution = convolutionOf(b, node);
  if (!convolution) return false;
  const [x, w] = node.inputs;
  if (dx) {
    const made = appendImageGradient(b, convolution, b.blocked(dy), b.plain(w));
    if (made !== undefined) b.setBlocked(dx, made);
  }
  if (dw) {
    const made = appendWeightGradient(b, convolution, x, dy);
    if (made !== undefined) b.setPlain(dw, made);
  }
  return true;
}

function countUses({ nodes, outputs }: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  for (const value of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)])
    uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}
