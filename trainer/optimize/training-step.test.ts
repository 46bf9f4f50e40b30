import { afterEach, describe, expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats } from '../onnx/tensor.ts';
import { isOptimizerState } from './carried.ts';
import { GRADIENT_NORM } from './clipping.ts';
import type { ParameterGroup } from './parameter-group.ts';
import { buildTrainingStep, type StepOptions } from './training-step.ts';

const START = { w: [1, -2], b: [0.5], frozen: [3], aside: [7] };
const INPUTS = [
  [1, 2],
  [-1, 0.5],
  [2, 2],
];
const RATES = [0.1, 0.1, 0.02];

let runner: GraphRunner | undefined;
afterEach(() => runner?.close());

const group = (names: Value[], weightDecay = 0, rate = 1): ParameterGroup => ({ names, rate, weightDecay });
const MOMENTUM = 0.9;

/** loss = frozen · (w·x + b), summed; `aside` does not reach it. w [1, 2] is a matrix, b [1] a vector. */
async function openStep(groups: ParameterGroup[], rest: Partial<StepOptions> = {}) {
  const g = new GraphBuilder(emptyGraph('linear'));
  g.input('x', 'float32', [2, 1]);
  const w = g.constant(floats(START.w, [1, 2]), 'w');
  const [b, frozen, aside] = (['b', 'frozen', 'aside'] as const).map((name) =>
    g.constant(floats(START[name]), name),
  );
  g.op('Neg', [aside]);
  const y = g.op('Mul', [g.op('Add', [g.op('MatMul', [w, 'x']), b]), frozen]);
  g.output('loss', g.reduce('ReduceSum', y, [0, 1], false), 'float32', []);
  const options: StepOptions = { sizes: {}, groups, optimizer: { name: 'sgd', momentum: MOMENTUM }, ...rest };
  const step = await buildTrainingStep(g.graph, options);
  runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  return { step, runner, forward: g.graph };
}

/** What the formula gives: v ← m·v + g + d·w, w ← w − lr·v, with ∂loss/∂w = frozen·x and ∂loss/∂b = frozen. */
function byHand({ momentum = MOMENTUM, weightDecay = 0, rateOfB = 1 }) {
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
    b -= RATES[step] * rateOfB * velocityOfB;
  });
  return { w, b: [b], 'w:optimizer/velocity': velocityOfW, 'b:optimizer/velocity': [velocityOfB] };
}

async function stateOf(runner: GraphRunner): Promise<Record<Value, number[]>> {
  const state = Object.entries(await runner.readState());
  return Object.fromEntries(state.map(([name, { data }]) => [name, Array.from(data, Number)]));
}

async function runAll(runner: GraphRunner): Promise<Record<Value, number[]>> {
  for (const [step, x] of INPUTS.entries())
    await runner.run({ x: floats(x, [2, 1]), learning_rate: floats(RATES[step]) }, ['loss']);
  return stateOf(runner);
}

function expectNear(state: Record<Value, number[]>, expected: Record<Value, number[]>): void {
  expect(Object.keys(state).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    values.forEach((value, i) => {
      expect(state[name][i], `${name}[${i}]`).toBeCloseTo(value, 5);
    });
}

test('weights go as the formula goes by hand, and only matrices decay', async () => {
  const { runner } = await openStep([group(['w', 'b'], 0.01)]);
  expectNear(await runAll(runner), byHand({ weightDecay: 0.01 }));
});

test('each group has its own learning rate and weight decay', async () => {
  const { runner } = await openStep([group(['w'], 0.01), group(['b'], 0.5, 10)]);
  expectNear(await runAll(runner), byHand({ weightDecay: 0.01, rateOfB: 10 }));
});

test('a group at rate 0 stays as it is and is not differentiated', async () => {
  const { step, runner } = await openStep([group(['w'], 0.1, 0), group(['b'])]);
  expect(Object.keys(step.carried)).toEqual(['b', 'b:optimizer/velocity']);
  expect(step.graph.initializers.get('w')).toEqual(floats(START.w, [1, 2]));
  const { b } = byHand({});
  expect((await runAll(runner)).b[0]).toBeCloseTo(b[0], 5);
});

test('plain descent keeps nothing but the weights', async () => {
  const { runner } = await openStep([group(['w', 'b'])], { optimizer: { name: 'sgd', momentum: 0 } });
  const { w, b } = byHand({ momentum: 0 });
  expectNear(await runAll(runner), { w, b });
});

test('what is not trained stays a constant of the step', async () => {
  const { step, forward, runner } = await openStep([group(['b'])]);
  expect(Object.keys(step.carried)).toEqual(['b', 'b:optimizer/velocity']);
  await runAll(runner);
  expect(step.graph.initializers.get('w')).toEqual(floats(START.w, [1, 2]));
  expect(step.graph.initializers.get('frozen')).toEqual(floats(START.frozen));
  expect(forward.initializers.get('b')).toEqual(floats(START.b));
  expect(forward.inputs.map(({ name }) => name)).toEqual(['x']);
});

test('a trained value that does not reach the loss is left as it is', async () => {
  const { step } = await openStep([group(['w', 'aside'], 0.1)]);
  expect(Object.keys(step.carried)).toEqual(['w', 'w:optimizer/velocity']);
  expect(step.graph.initializers.has('aside')).toBe(true);
});

test('at a learning rate of 0 weights stay as they are to the last bit', async () => {
  const { runner } = await openStep([group(['w', 'b'], 0.1)]);
  await runner.run({ x: floats([5, 6], [2, 1]), learning_rate: floats(0) }, ['loss']);
  const state = await runner.readState();
  expect(state.w).toEqual(floats(START.w, [1, 2]));
  expect(state.b).toEqual(floats(START.b));
});

test('the loss is that of the weights before the step', async () => {
  const { runner } = await openStep([group(['w', 'b'])]);
  const { loss } = await runner.run({ x: floats([1, 2], [2, 1]), learning_rate: floats(10) }, ['loss']);
  expect(loss.data[0]).toBeCloseTo(3 * (1 * 1 - 2 * 2 + 0.5), 5);
});

test("what is the optimizer's is told from what is the model's", async () => {
  const { step } = await openStep([group(['w', 'b'])], { optimizer: { name: 'adam' } });
  expect(Object.keys(step.carried).filter((name) => !isOptimizerState(name))).toEqual(['w', 'b']);
  expect(Object.keys(step.carried).filter(isOptimizerState).sort()).toEqual([
    'b:optimizer/mean',
    'b:optimizer/square',
    'step:optimizer/updates',
    'w:optimizer/mean',
    'w:optimizer/square',
  ]);
});

describe('clipping', () => {
  /** ‖(3·1, 3·2, 3)‖ of the first batch. */
  const NORM = Math.hypot(3, 6, 3);
  const oneStep = async (clipNorm: number) => {
    const { runner } = await openStep([group(['w', 'b'])], { clipNorm });
    const feeds = { x: floats(INPUTS[0], [2, 1]), learning_rate: floats(1) };
    const answer = await runner.run(feeds, [GRADIENT_NORM]);
    return { norm: answer[GRADIENT_NORM].data[0], state: await stateOf(runner) };
  };

  test('shortens all gradients together to the bound, and tells how long they were', async () => {
    const { norm, state } = await oneStep(0.5);
    expect(norm).toBeCloseTo(NORM, 5);
    const factor = 0.5 / NORM;
    expect(state.w[0]).toBeCloseTo(START.w[0] - factor * 3, 5);
    expect(state.w[1]).toBeCloseTo(START.w[1] - factor * 6, 5);
    expect(state.b[0]).toBeCloseTo(START.b[0] - factor * 3, 5);
  });

  test('leaves gradients within the bound as they are', async () => {
    const { norm, state } = await oneStep(NORM + 1);
    expect(norm).toBeCloseTo(NORM, 5);
    expect(state.w).toEqual([START.w[0] - 3, START.w[1] - 6]);
    expect(state.b).toEqual([START.b[0] - 3]);
  });
});
