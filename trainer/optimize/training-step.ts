/** One step of training as one graph: batch, labels, α, learning rate, weights and optimizer state in; loss, weights and state out. */
import { appendGradients, type NodeGradient } from '../autodiff/append-gradients.ts';
import { forCpu } from '../blocked-channels/for-cpu.ts';
import { foldConstants } from '../onnx/fold-constants.ts';
import { copyGraph, type Graph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { readShapes, type Shapes, sizedInputs } from '../onnx/shapes.ts';
import { bytesPerElement, elementCount, type Tensor } from '../onnx/tensor.ts';
import { appendAccumulation } from './accumulation.ts';
import { appendRunningStatistic, trainBatchNorms } from './batch-norms.ts';
import { CarriedValues } from './carried.ts';
import { appendClipping } from './clipping.ts';
import { type OptimizerSettings, optimizerOf } from './optimizers.ts';
import { namesOf, type ParameterGroup } from './parameter-group.ts';
import { appendUpdates } from './updates.ts';

export type StepOptions = {
  /** Sizes of the dimensions that the graph's inputs give by name; the step is for exactly these. */
  sizes: Record<string, number>;
  /** What is trained; every other initializer stays as it is and costs no gradient. */
  groups: ParameterGroup[];
  optimizer: OptimizerSettings;
  /** Upper bound of the l2 norm of all gradients together; the step then has the output `gradient_norm`. Default: none. */
  clipNorm?: number;
  /** How many batches an update averages, default 1; more than one give the step the input `averaged_over`. */
  accumulate?: number;
};

export type TrainingStep = {
  graph: Graph;
  /** Which output feeds which input of the next step. */
  carried: Record<Value, Value>;
  /** First values of the carried inputs: weights, running statistics, optimizer state. */
  state: Record<Value, Tensor>;
  /** What the forward pass computes, in bytes. */
  forwardBytes: number;
};

/**
 * Builds the step from a forward graph whose one output is the scalar loss. Trained values that do not reach the loss stay
 * as they are.
 * @throws SinterError `unsupported`, naming every node between trained values and loss that has no gradient rule.
 */
export async function buildTrainingStep(forward: Graph, options: StepOptions): Promise<TrainingStep> {
  const { sizes, optimizer, clipNorm, accumulate = 1 } = options;
  const groups = options.groups.filter(({ rate }) => rate !== 0);
  const g = new GraphBuilder(copyGraph(await foldConstants(forward, sizes, namesOf(groups))));
  const carried = new CarriedValues(g);

  const statistics = trainBatchNorms(g, namesOf(groups.filter(({ norms }) => norms !== 'frozen')));
  const shapes = await readShapes(g.graph, sizes);
  const forwardBytes = bytesOf(
    g.graph.nodes.flatMap(({ outputs }) => outputs),
    shapes,
  );
  const made: NodeGradient[] = [];
  const gradients = appendGradients(g, forward.outputs[0].name, namesOf(groups), shapes, made);
  g.in('update', () => {
    const { means, ifUpdated } =
      accumulate > 1 ? appendAccumulation(g, gradients, carried) : { means: gradients };
    const clipped = clipNorm === undefined ? means : appendClipping(g, means, clipNorm);
    appendUpdates(g, groups, clipped, optimizerOf(optimizer), carried, ifUpdated);
    for (const statistic of statistics)
      carried.carry(statistic.running, appendRunningStatistic(g, statistic));
  });
  const blocked = await forCpu(g.graph, made, shapes, sizes);
  // With every size known ONNX Runtime works in place where a value is not needed any more.
  const graph = { ...blocked, inputs: sizedInputs(blocked, sizes) };
  return { graph, carried: carried.outputs, state: carried.state, forwardBytes };
}

function bytesOf(values: Value[], shapes: Shapes): number {
  return values.reduce((sum, value) => {
    const shape = shapes.get(value);
    return shape ? sum + bytesPerElement(shape.dtype) * elementCount(shape.dims) : sum;
  }, 0);
}
