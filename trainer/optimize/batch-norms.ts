/** Switches BatchNormalization nodes between training, on the statistics of the batch, and inference, on the running ones. */
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import { float, type GraphBuilder } from '../onnx/graph-builder.ts';
import { appendRunningAverage } from './optimizer.ts';

/** A running statistic (an initializer's name), the batch's own value of it, and the share of the old value that a step keeps. */
export type RunningStatistic = { running: Value; ofBatch: Value; decay: number };

/** Ends the names of the copies that training nodes overwrite. */
const SCRATCH = ':scratch';

/**
 * Lets every BatchNormalization of the builder's graph whose scale or shift is among `trained` normalise by its batch; all
 * others stay on their running statistics. Its momentum becomes 0, so that its outputs are the batch's statistics, which
 * the gradient needs; the running ones are updated by nodes of their own.
 */
export function trainBatchNorms(g: GraphBuilder, trained: Iterable<Value>): RunningStatistic[] {
  const names = new Set(trained);
  return g.graph.nodes.splice(0).flatMap((node) => {
    const [, scale, shift] = node.inputs;
    const trains = node.op === 'BatchNormalization' && (names.has(scale) || names.has(shift));
    const statistics = trains ? trainBatchNorm(g, node) : [];
    g.graph.nodes.push(node);
    return statistics;
  });
}

function trainBatchNorm(g: GraphBuilder, node: Node): RunningStatistic[] {
  const { momentum: decay = 0.9 } = plainAttributes<{ momentum: number }>(node);
  const [x, scale, shift, ...running] = node.inputs;
  const ofBatch = [g.fresh(`${node.name}_mean`), g.fresh(`${node.name}_variance`)];
  node.inputs = [x, scale, shift, ...running.map((statistic) => appendScratch(g, statistic))];
  node.outputs = [node.outputs[0], ...ofBatch];
  node.attributes = { ...node.attributes, training_mode: { kind: 'int', value: 1 }, momentum: float(0) };
  return running.map((name, position) => ({ running: name, ofBatch: ofBatch[position], decay }));
}

/**
 * ONNX Runtime writes the batch's statistics over the memory of the running ones, even where others still read it.
 * So the node gets values that nothing else reads; which ones is all the same, but a plain copy would be optimised away.
 */
function appendScratch(g: GraphBuilder, statistic: Value): Value {
  const scratch = `${statistic}${SCRATCH}`;
  g.graph.nodes.push({
    op: 'Neg',
    domain: '',
    name: scratch,
    inputs: [statistic],
    outputs: [scratch],
    attributes: {},
  });
  return scratch;
}

/** Appends the running statistic's next value. */
export function appendRunningStatistic(
  g: GraphBuilder,
  { running, ofBatch, decay }: RunningStatistic,
): Value {
  return appendRunningAverage(g, running, ofBatch, decay);
}
