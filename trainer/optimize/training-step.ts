/** One step of training as one graph: batch, labels, α, learning rate, weights and optimizer state in; loss, weights and state out. */
import { appendGradients } from '../autodiff/append-gradients.ts';
import { copyGraph, type Graph, pruneGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { readShapes } from '../onnx/shapes.ts';
import { type Tensor, zeros } from '../onnx/tensor.ts';
import { appendRunningStatistic, inferBatchNorms, trainBatchNorms } from './batch-norms.ts';
import { appendSgd, type Sgd } from './sgd.ts';

export type TrainingStep = {
  graph: Graph;
  /** Which output feeds which input of the next step. */
  carried: Record<Value, Value>;
  /** First values of the carried inputs: weights, running statistics, velocities. */
  state: Record<Value, Tensor>;
};

const VELOCITY = ':velocity';

/** Whether a carried value is the optimizer's rather than the model's. */
export function isOptimizerState(name: Value): boolean {
  return name.endsWith(VELOCITY);
}

/**
 * Builds the step from a forward graph whose one output is the scalar loss.
 * @param sizes of the dimensions that the graph's inputs give by name; the step is for exactly these.
 * @param trained names of the initializers to train; all others stay as they are and cost no gradient.
 */
export async function buildTrainingStep(
  forward: Graph,
  sizes: Record<string, number>,
  trained: Value[],
  rule: Sgd,
): Promise<TrainingStep> {
  const loss = forward.outputs[0].name;
  const g = new GraphBuilder(copyGraph(forward));
  const statistics = trainBatchNorms(g);
  const shapes = await readShapes(g.graph, sizes);
  const learningRate = g.input('learning_rate', 'float32', []);
  const step: TrainingStep = { graph: g.graph, carried: {}, state: {} };

  const gradients = appendGradients(g, loss, trained, shapes);
  for (const name of trained) {
    const gradient = gradients.get(name);
    if (gradient === undefined) continue;
    const initial = forward.initializers.get(name) as Tensor;
    const velocity = `${name}${VELOCITY}`;
    const decay = initial.dims.length > 1 ? rule.weightDecay : 0;
    const next = g.in('update', () =>
      appendSgd(g, name, gradient, velocity, learningRate, { ...rule, weightDecay: decay }),
    );
    carry(g, step, name, initial, next.weight);
    carry(g, step, velocity, zeros(initial.dims), next.velocity);
  }
  for (const statistic of statistics) {
    const initial = forward.initializers.get(statistic.running) as Tensor;
    carry(
      g,
      step,
      statistic.running,
      initial,
      g.in('update', () => appendRunningStatistic(g, statistic)),
    );
  }
  return step;
}

/**
 * The trained graph as it infers: the part of the step that makes `output`, norms on their running statistics, with the
 * values that training has arrived at.
 */
export function trainedGraph({ graph }: TrainingStep, state: Record<Value, Tensor>, output: Value): Graph {
  return pruneGraph({
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !(name in state)),
    initializers: new Map([...graph.initializers, ...Object.entries(state)]),
    nodes: inferBatchNorms(graph.nodes),
    outputs: [{ name: output, dtype: 'float32', dims: [] }],
  });
}

/** Makes `name` an input that the output `next` feeds in the following step. */
function carry(g: GraphBuilder, step: TrainingStep, name: Value, initial: Tensor, next: Value): void {
  g.graph.initializers.delete(name);
  g.graph.inputs.push({ name, dtype: 'float32', dims: initial.dims });
  g.graph.outputs.push({ name: next, dtype: 'float32', dims: initial.dims });
  step.carried[name] = next;
  step.state[name] = initial;
}
