/** The forward half of a step, network, bottleneck and loss, and how its parts are trained by a recipe. */
import { seededRandom } from '../retrieval/random.ts';
import type { Network } from './backbones/network.ts';
import { appendLearnedAlpha, appendLoss } from './heat/append-loss.ts';
import type { BottleneckStart } from './heat/head.ts';
import { CLASS_WEIGHTS } from './heat/losses/class-weights.ts';
import type { Graph, Value } from './onnx/graph.ts';
import type { ParameterGroup } from './optimize/parameter-group.ts';
import type { StepOptions } from './optimize/training-step.ts';
import type { Recipe } from './recipe.ts';
import { withBottleneck } from './with-bottleneck.ts';

export type LossGraph = {
  /** Inputs: the samples, `labels` int64 [N] and, unless it is learned, `alpha`; one output, the loss. */
  graph: Graph;
  /** The value [N, dim] in it that becomes the embedding. */
  embedding: Value;
  groups: ParameterGroup[];
};

/** @param start of the bottleneck; by chance when not given. */
export function lossGraph(
  network: Network,
  classes: number,
  recipe: Recipe,
  start?: BottleneckStart,
): LossGraph {
  const { variant, dim, labelSmoothing, heat, seed } = recipe;
  const { g, embedding } = withBottleneck(network, recipe, 'training-step', start);
  const labels = g.input('labels', 'int64', ['N']);
  const alpha = heat.kind === 'learned' ? appendLearnedAlpha(g, heat.alpha) : g.input('alpha', 'float32', []);
  const options = { variant, classes, dim, labelSmoothing };
  const loss = appendLoss(g, { embedding, labels, alpha }, options, seededRandom(seed, 'classes'));
  g.output('loss', loss, 'float32', []);
  return { graph: g.graph, embedding, groups: groupsOf(network.parameters, g.parameters, recipe) };
}

function groupsOf(backbone: Value[], head: Value[], { rates, weightDecay, norms }: Recipe): ParameterGroup[] {
  const classWeights = head.filter((name) => name === CLASS_WEIGHTS);
  const others = head.filter((name) => name !== CLASS_WEIGHTS);
  return [
    { names: backbone, rate: rates.backbone, weightDecay, norms },
    { names: others, rate: 1, weightDecay },
    { names: classWeights, rate: rates.classWeights, weightDecay },
  ];
}

/** How a step trains the groups by the recipe. */
export function stepOptions(
  { batchSize, optimizer, clipNorm, accumulate }: Recipe,
  groups: ParameterGroup[],
): StepOptions {
  return {
    sizes: { N: batchSize },
    groups,
    optimizer,
    ...(clipNorm !== undefined && { clipNorm }),
    accumulate,
  };
}
