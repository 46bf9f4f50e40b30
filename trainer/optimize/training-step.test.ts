import { afterEach, describe, expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats } from '../onnx/tensor.ts';
import type { Sgd } from './sgd.ts';
import { buildTrainingStep, isOptimizerState } from './training-step.ts';

const START = { w: [1, -2], b: [0.5], frozen: [3], aside: [7] };
const INPUTS = [
  [1, 2],
  [-1, 0.5],
  [2, 2],
];
const RATES = [0.1, 0.1, 0.02];

let runner: GraphRunner | undefined;
afterEach(() => runner?.close());

/** loss = frozen · (w·x + b), summed; `aside` does not reach it. w [1, 2] is a matrix, b [1] a vector. */
async function openStep(trained: Value[], rule: Sgd) {
  const g = new GraphBuilder(emptyGraph('linear'));
  g.input('x', 'float32', [2, 1]);
  const w = g.constant(floats(START.w, [1, 2]), 'w');
  const [b, frozen, aside] = (['b', 'frozen', 'aside'] as const).map((name) =>
    g.constant(floats(START[name]), name),
  );
  g.op('Neg', [aside]);
  const y = g.op('Mul', [g.op('Add', [g.op('MatMul', [w, 'x']), b]), frozen]);
  g.output('loss', g.reduce('ReduceSum', y, [0, 1], false), 'float32', []);
  const step = await buildTrainingStep(g.graph, {}, trained, rule);
  runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  return { step, runner, forward: g.graph };
}

/** What the formula gives: v ← m·v + g + d·w, w ← w − lr·v, with ∂loss/∂w = frozen·x and ∂loss/∂b = frozen. */
function byHand({ momentum, weightDecay }: Sgd) {
  const w = [...START.w];
  const velocityOfW = [0, 0];
  let [b] = START.b;
  let velocityOfB = 0;
  INPUTS.forEach((x, step) => {
    w.forEach((value, i) => {
      velocityOfW[i] = momentum * velocityOfW[i] + START.frozen[0] * x[i] + weightDecay * value;
      w[i] -= RATES[step] * velocityOfW[i];
    });
    velocityOfB = momentum * velocityOfB + START.frozen[0];
    b -= RATES[step] * velocityOfB;
  });
  return { w, b: [b], 'w:velocity': velocityOfW, 'b:velocity': [velocityOfB] };
}

async function runAll(runner: GraphRunner): Promise<Record<Value, number[]>> {
  for (const [step, x] of INPUTS.entries())
    await runner.run({ x: floats(x, [2, 1]), learning_rate: floats(RATES[step]) }, ['loss']);
  const state = await runner.readState();
  return Object.fromEntries(
    Object.entries(state).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
}

describe.each([
  ['plain descent', { momentum: 0, weightDecay: 0 }],
  ['momentum', { momentum: 0.9, weightDecay: 0 }],
  ['momentum and weight decay', { momentum: 0.9, weightDecay: 0.01 }],
])('%s', (_, rule) => {
  test('moves weights as the formula does by hand, and lets only matrices decay', async () => {
    const { runner } = await openStep(['w', 'b'], rule);
    const state = await runAll(runner);
    const expected: Record<Value, number[]> = byHand(rule);
    expect(Object.keys(state).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(expected))
      values.forEach((value, i) => {
        expect(state[name][i]).toBeCloseTo(value, 5);
      });
  });
});

test('what is not trained stays a constant of the step', async () => {
  const { step, forward, runner } = await openStep(['b'], { momentum: 0.9, weightDecay: 0 });
  expect(Object.keys(step.carried)).toEqual(['b', 'b:velocity']);
  await runAll(runner);
  expect(step.graph.initializers.get('w')).toEqual(floats(START.w, [1, 2]));
  expect(step.graph.initializers.get('frozen')).toEqual(floats(START.frozen));
  expect(forward.initializers.get('b')).toEqual(floats(START.b));
  expect(forward.inputs.map(({ name }) => name)).toEqual(['x']);
});

test('a trained value that does not reach the loss is left as it is', async () => {
  const { step } = await openStep(['w', 'aside'], { momentum: 0.9, weightDecay: 0.1 });
  expect(Object.keys(step.carried)).toEqual(['w', 'w:velocity']);
  expect(step.graph.initializers.has('aside')).toBe(true);
});

test('at a learning rate of 0 weights stay as they are to the last bit', async () => {
  const { runner } = await openStep(['w', 'b'], { momentum: 0.9, weightDecay: 0.1 });
  await runner.run({ x: floats([5, 6], [2, 1]), learning_rate: floats(0) }, ['loss']);
  const state = await runner.readState();
  expect(state.w).toEqual(floats(START.w, [1, 2]));
  expect(state.b).toEqual(floats(START.b));
});

test('the loss is that of the weights before the step', async () => {
  const { runner } = await openStep(['w', 'b'], { momentum: 0, weightDecay: 0 });
  const { loss } = await runner.run({ x: floats([1, 2], [2, 1]), learning_rate: floats(10) }, ['loss']);
  expect(loss.data[0]).toBeCloseTo(3 * (1 * 1 - 2 * 2 + 0.5), 5);
});

test('velocities are told from what belongs to the model', async () => {
  const { step } = await openStep(['w', 'b'], { momentum: 0.9, weightDecay: 0 });
  expect(Object.keys(step.carried).filter(isOptimizerState)).toEqual(['w:velocity', 'b:velocity']);
});
