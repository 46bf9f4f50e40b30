/** A small residual network with head and loss, and 20 steps of training for it: what the reference in test/references is made of. */
import { seededRandom } from '../../retrieval/random.ts';
import { buildResidualNetwork } from '../backbones/residual-network.ts';
import { appendLoss } from '../heat/append-loss.ts';
import { appendBottleneck } from '../heat/head.ts';
import { VARIANTS, type Variant } from '../heat/variants.ts';
import { copyGraph, type Graph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats, ints, type Tensor, tensor } from '../onnx/tensor.ts';
import { buildTrainingStep } from './training-step.ts';

export const STEPS = 20;
export const SIZES = { N: 8 };
export const SGD = { momentum: 0.9, weightDecay: 5e-4 };

const SIZE = 16;
const CLASSES = 5;
const DIM = 8;
const PIXELS = SIZES.N * SIZE * SIZE * 3;

export const REFERENCE_VARIANTS = {
  sm: { labelSmoothing: 0 },
  hln: { labelSmoothing: 0.1 },
  hbn: { labelSmoothing: 0 },
} satisfies Partial<Record<Variant, { labelSmoothing: number }>>;
export type ReferenceVariant = keyof typeof REFERENCE_VARIANTS;

/** Inputs `pixels`, `labels` and `alpha`, output `loss`; all weights from one seed. */
export function smallNetwork(variant: ReferenceVariant, seed = 1): { graph: Graph; parameters: Value[] } {
  const network = buildResidualNetwork(
    { size: SIZE, widths: [8, 16], blocks: [1, 1], stem: { kernel: 3, stride: 1 }, pooling: 'average' },
    seededRandom(seed, 'network'),
  );
  const g = new GraphBuilder({ ...copyGraph(network.graph), outputs: [] });
  const embedding = appendBottleneck(
    g,
    'features',
    network.featureDim,
    DIM,
    VARIANTS[variant].head,
    seededRandom(seed, 'head'),
  );
  const labels = g.input('labels', 'int64', ['N']);
  const alpha = g.input('alpha', 'float32', []);
  const options = { variant, classes: CLASSES, dim: DIM, ...REFERENCE_VARIANTS[variant] };
  const loss = appendLoss(g, { embedding, labels, alpha }, options, seededRandom(seed, 'classes'));
  g.output('loss', loss, 'float32', []);
  return { graph: g.graph, parameters: [...network.parameters, ...g.parameters] };
}

/** What step number `step` is fed: images whose brightness and stripes depend on the label, and a heat-up in the middle. */
export function batchAt(step: number, variant: ReferenceVariant): Record<Value, Tensor> {
  const random = seededRandom(7, step);
  const labels = Array.from({ length: SIZES.N }, () => random.integer(CLASSES));
  const pixels = Uint8Array.from({ length: PIXELS }, (_, i) => {
    const label = labels[Math.floor(i / (SIZE * SIZE * 3))];
    const row = Math.floor(i / (SIZE * 3)) % SIZE;
    return 40 * label + (row % (label + 2) === 0 ? 60 : 0) + random.integer(30);
  });
  const heated = step >= STEPS / 2;
  return {
    pixels: tensor('uint8', pixels, [SIZES.N, SIZE, SIZE, 3]),
    labels: ints(labels),
    alpha: floats(variant === 'sm' ? 1 : heated ? 4 : 16),
    learning_rate: floats(heated ? 0.002 : 0.02),
  };
}

/** Trains all steps; answers the loss of each and what has become of the carried values. */
export async function trainSmallNetwork(variant: ReferenceVariant, seed = 1) {
  const { graph, parameters } = smallNetwork(variant, seed);
  const { momentum, weightDecay } = SGD;
  const step = await buildTrainingStep(graph, {
    sizes: SIZES,
    groups: [{ names: parameters, rate: 1, weightDecay }],
    optimizer: { name: 'sgd', momentum },
  });
  const runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  const losses: number[] = [];
  for (let number = 0; number < STEPS; number++) {
    const { loss } = await runner.run(batchAt(number, variant), ['loss']);
    losses.push(Number(loss.data[0]));
  }
  const state = await runner.readState();
  await runner.close();
  return { losses, state, parameters };
}
