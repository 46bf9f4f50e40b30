import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats, type Tensor } from '../onnx/tensor.ts';
import { AVERAGED_OVER, batchesToAverage } from './accumulation.ts';
import type { OptimizerSettings } from './optimizers.ts';
import { buildTrainingStep } from './training-step.ts';

const WIDTH = 5;
const LARGE = 6;
const UPDATES = 4;
const RATE = 0.05;

const open: GraphRunner[] = [];
afterEach(() => Promise.all(open.splice(0).map((runner) => runner.close())));

const random = seededRandom(1);
const start = Float32Array.from({ length: WIDTH * WIDTH }, () => random.normal());
const data = Array.from({ length: UPDATES }, () =>
  Float32Array.from({ length: LARGE * WIDTH }, () => random.normal()),
);

/** loss = mean over the batch of ‖log softmax(x·w)‖², with batches of the size given. */
async function openStep(size: number, optimizer: OptimizerSettings, accumulate: number) {
  const g = new GraphBuilder(emptyGraph('network'));
  const x = g.input('x', 'float32', [size, WIDTH]);
  const w = g.constant(floats(start, [WIDTH, WIDTH]), 'w');
  const y = g.op('LogSoftmax', [g.op('MatMul', [x, w])], { axis: -1 });
  const square = g.reduce('ReduceSum', g.op('Mul', [y, y]), [1], false);
  g.output('loss', g.reduce('ReduceMean', square, [0], false), 'float32', []);
  const groups = [{ names: ['w'], rate: 1, weightDecay: 0.01 }];
  const step = await buildTrainingStep(g.graph, { sizes: {}, groups, optimizer, clipNorm: 1, accumulate });
  const runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  open.push(runner);
  return { step, runner };
}

const batch = (values: Float32Array): Record<Value, Tensor> => ({
  x: floats(values, [values.length / WIDTH, WIDTH]),
  learning_rate: floats(RATE),
});

describe.each<OptimizerSettings>([
  { name: 'sgd', momentum: 0.9 },
  { name: 'adam', epsilon: 0.01 },
  { name: 'rmsprop', momentum: 0.9 },
])('$name', (optimizer) => {
  test('three small batches train as one that is three times as large', async () => {
    const large = await openStep(LARGE, optimizer, 1);
    const small = await openStep(LARGE / 3, optimizer, 3);
    for (const values of data) {
      const { loss } = await large.runner.run(batch(values), ['loss']);
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) {
        const part = values.slice((i * values.length) / 3, ((i + 1) * values.length) / 3);
        const feeds = { ...batch(part), [AVERAGED_OVER]: floats(batchesToAverage(i, 3, 3)) };
        losses.push(Number((await small.runner.run(feeds, ['loss'])).loss.data[0]));
      }
      expectNear((losses[0] + losses[1] + losses[2]) / 3, Number(loss.data[0]), 'loss');
    }
    const [expected, found] = [await large.runner.readState(), await small.runner.readState()];
    for (const [name, { data }] of Object.entries(expected))
      Array.from(data, Number).forEach((value, i) => {
        expectNear(Number(found[name].data[i]), value, `${name}[${i}]`);
      });
    expect(found['w:optimizer/gradients'].data.every((value) => value === 0)).toBe(true);
  });

  test('nothing but the sums changes until an update comes, to the last bit', async () => {
    const { step, runner } = await openStep(LARGE, optimizer, 2);
    await runner.run({ ...batch(data[0]), [AVERAGED_OVER]: floats(0) }, []);
    const { 'w:optimizer/gradients': sums, ...rest } = await runner.readState();
    const { 'w:optimizer/gradients': _, ...initial } = step.state;
    expect(rest).toEqual(initial);
    expect(sums.data.every((value) => value !== 0)).toBe(true);
  });
});

test('a step for one batch an update has neither sums nor an input that says when', async () => {
  const { step } = await openStep(LARGE, { name: 'sgd', momentum: 0.9 }, 1);
  expect(Object.keys(step.carried)).toEqual(['w', 'w:optimizer/velocity']);
  expect(step.graph.inputs.map(({ name }) => name)).not.toContain(AVERAGED_OVER);
});

test('every so many batches are averaged, those left over in the end among themselves', () => {
  const plan = (of: number, accumulate: number) =>
    Array.from({ length: of }, (_, batch) => batchesToAverage(batch, of, accumulate));
  expect(plan(7, 3)).toEqual([0, 0, 3, 0, 0, 3, 1]);
  expect(plan(4, 2)).toEqual([0, 2, 0, 2]);
  expect(plan(2, 5)).toEqual([0, 2]);
  expect(plan(3, 1)).toEqual([1, 1, 1]);
});

/** Sums in another order round otherwise; float32 has 1e-7 of the value. */
function expectNear(found: number, expected: number, what: string): void {
  expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected)), what).toBeLessThan(1e-5);
}
