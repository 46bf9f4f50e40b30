import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats, ints, type Tensor, tensor } from '../onnx/tensor.ts';
import { buildTrainingStep } from '../optimize/training-step.ts';
import { appendLearnedAlpha, appendLoss, LOG_ALPHA } from './append-loss.ts';
import { appendBottleneck } from './head.ts';
import { CLASS_WEIGHTS } from './losses/class-weights.ts';
import { VARIANTS, type Variant } from './variants.ts';

const CLASSES = 4;
const SAMPLES = 16;
const FEATURES = 8;
const DIM = 3;
const STEPS = 30;

const NAMES = Object.keys(VARIANTS) as Variant[];
/** An `ln` whose α is learned, beside all variants as they are. */
const LEARNED = 'ln with a learned α' as const;

/** Features of four classes that overlap. */
const features = (() => {
  const random = seededRandom(1);
  const centres = Array.from({ length: CLASSES * FEATURES }, random.normal);
  const values = Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => {
    const label = Math.floor(i / FEATURES) % CLASSES;
    return centres[label * FEATURES + (i % FEATURES)] + 0.7 * random.normal();
  });
  return tensor('float32', values, [SAMPLES, FEATURES]);
})();
const labels = ints(Array.from({ length: SAMPLES }, (_, i) => i % CLASSES));

/** The loss of every step by the head's name, and what was trained. */
let losses: Record<string, number[]>;
let state: Record<Value, Tensor>;

/** Heads of all variants are trained on one batch in one graph; nothing but the features is shared, so the sum of losses trains each alone. */
beforeAll(async () => {
  const g = new GraphBuilder(emptyGraph('heads'));
  g.input('features', 'float32', [SAMPLES, FEATURES]);
  g.input('labels', 'int64', [SAMPLES]);
  const heads: (Variant | typeof LEARNED)[] = [...NAMES, LEARNED];
  const found = heads.map((name) => g.in(name, () => appendHead(g, name === LEARNED ? 'ln' : name, name)));
  g.output('loss', g.op('Sum', found), 'float32', []);
  heads.forEach((name, i) => {
    g.output(`loss of ${name}`, found[i], 'float32', []);
  });
  const step = await buildTrainingStep(g.graph, {
    sizes: {},
    groups: [{ names: g.parameters, rate: 1, weightDecay: 0 }],
    optimizer: { name: 'sgd', momentum: 0.9 },
  });
  const runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  const alphas = NAMES.map((name) => [`alpha of ${name}`, floats(VARIANTS[name].alpha ?? 1)]);
  const feeds = { features, labels, learning_rate: floats(0.002), ...Object.fromEntries(alphas) };
  const wanted = heads.map((name) => `loss of ${name}`);
  losses = Object.fromEntries(heads.map((name) => [name, []]));
  for (let n = 0; n < STEPS; n++) {
    const results = await runner.run(feeds, wanted);
    for (const name of heads) losses[name].push(Number(results[`loss of ${name}`].data[0]));
  }
  state = await runner.readState();
  await runner.close();
});

function appendHead(g: GraphBuilder, variant: Variant, name: string): Value {
  const { head, alpha = 1, labelSmoothing } = VARIANTS[variant];
  const embedding = appendBottleneck(g, 'features', FEATURES, DIM, head, seededRandom(2));
  const inputs = {
    embedding,
    labels: 'labels',
    alpha: name === LEARNED ? appendLearnedAlpha(g, alpha) : g.input(`alpha of ${name}`, 'float32', []),
  };
  const options = { variant, classes: CLASSES, dim: DIM, labelSmoothing };
  return appendLoss(g, inputs, options, seededRandom(3));
}

test.each(NAMES)('%s falls when it is trained', (variant) => {
  expect(losses[variant].every(Number.isFinite)).toBe(true);
  expect(losses[variant][STEPS - 1]).toBeLessThan(losses[variant][0] * 0.98);
});

test('class weights have one name in every loss that has them', () => {
  for (const variant of NAMES)
    expect(`${variant}/${CLASS_WEIGHTS}` in state, variant).toBe(VARIANTS[variant].hasClassWeights);
});

describe('a learned α', () => {
  test('begins as the α that is fed would', () => {
    expect(losses[LEARNED][0] / losses.ln[0]).toBeCloseTo(1, 6);
  });

  test('is trained with the weights: with many samples on the wrong side at first, a smaller one is better', () => {
    const alpha = Math.exp(Number(state[`${LEARNED}/${LOG_ALPHA}`].data[0]));
    expect(alpha).toBeGreaterThan(1);
    expect(alpha).toBeLessThan(15.5);
    expect(losses[LEARNED][STEPS - 1]).toBeLessThan(losses[LEARNED][0] * 0.98);
  });
});
