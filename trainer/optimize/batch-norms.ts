/** Switches BatchNormalization nodes between training, on the statistics of the batch, and inference, on the running ones. */
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import { float, type GraphBuilder } from '../onnx/graph-builder.ts';

/** A running statistic (an initializer's name), the batch's own value of it, and the share of the old value that a step keeps. */
export type RunningStatistic = { running: Value; ofBatch: Value; decay: number };

/**
 * Lets every BatchNormalization of the builder's graph normalise by its batch. Its momentum becomes 0, so that its
 * outputs are the batch's statistics, which the gradient needs; the running ones are updated by nodes of their own.
 */
export function trainBatchNorms(g: GraphBuilder): RunningStatistic[] {
  return g.graph.nodes
    .filter(({ op }) => op === 'BatchNormalization')
    .flatMap((node) => trainBatchNorm(g, node));
}

function trainBatchNorm(g: GraphBuilder, node: Node): RunningStatistic[] {
  const { momentum: decay = 0.9 } = plainAttributes<{ momentum: number }>(node);
  const [mean, variance] = [g.fresh(`${node.name}_mean`), g.fresh(`${node.name}_variance`)];
  node.outputs = [node.outputs[0], mean, variance];
  node.attributes = { ...node.attributes, training_mode: { kind: 'int', value: 1 }, momentum: float(0) };
  return [
    { running: node.inputs[3], ofBatch: mean, decay },
    { running: node.inputs[4], ofBatch: variance, decay },
  ];
}

/** Appends the running statistic's next value. */
export function appendRunningStatistic(
  g: GraphBuilder,
  { running, ofBatch, decay }: RunningStatistic,
): Value {
  const kept = g.op('Mul', [running, g.floats(decay)]);
  return g.op('Add', [kept, g.op('Mul', [ofBatch, g.floats(1 - decay)])]);
}

/** The nodes with every BatchNormalization on its running statistics again. */
export function inferBatchNorms(nodes: readonly Node[]): Node[] {
  return nodes.map((node) => {
    if (node.op !== 'BatchNormalization') return node;
    const { training_mode: _, ...attributes } = node.attributes;
    return { ...node, outputs: [node.outputs[0]], attributes };
  });
}
