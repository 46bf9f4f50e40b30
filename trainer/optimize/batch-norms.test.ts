import { expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { float, GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner, runOnce } from '../onnx/runner.ts';
import { floats } from '../onnx/tensor.ts';
import { trainBatchNorms } from './batch-norms.ts';
import { isOptimizerState } from './carried.ts';
import { trainedGraph } from './inference-graph.ts';
import type { ParameterGroup } from './parameter-group.ts';
import { buildTrainingStep } from './training-step.ts';

const DECAY = 0.9;
const EPSILON = 1e-5;

/** BatchNormalization of x [4, 1], and the mean of its squares as the loss. */
function normGraph() {
  const g = new GraphBuilder(emptyGraph('norm'));
  const x = g.input('x', 'float32', [4, 1]);
  const vector = (value: number, name: string) => g.constant(floats([value]), name);
  const inputs = [vector(1, 'scale'), vector(0, 'shift'), vector(0, 'mean'), vector(1, 'variance')];
  const y = g.op('BatchNormalization', [x, ...inputs], { epsilon: float(EPSILON), momentum: float(DECAY) });
  const loss = g.reduce('ReduceMean', g.op('Mul', [y, y]), [0, 1], false);
  g.graph.outputs.push({ name: loss, dtype: 'float32', dims: [] });
  return { graph: g.graph, y, loss };
}

const BATCHES = [
  [4, 8, 4, 8],
  [1, 2, 3, 4],
  [-5, 0, 5, 0],
];

test('each step moves the running statistics by 1 − decay towards those of its batch', async () => {
  const { step, runner, loss } = await openStep(['scale', 'shift']);
  const expected = { mean: 0, variance: 1 };
  for (const batch of BATCHES) {
    await runner.run({ x: floats(batch, [4, 1]), learning_rate: floats(0) }, [loss]);
    const mean = average(batch);
    const variance = average(batch.map((value) => (value - mean) ** 2));
    expected.mean = DECAY * expected.mean + (1 - DECAY) * mean;
    expected.variance = DECAY * expected.variance + (1 - DECAY) * variance;
    const state = await runner.readState();
    expect(state.mean.data[0]).toBeCloseTo(expected.mean, 5);
    expect(state.variance.data[0]).toBeCloseTo(expected.variance, 5);
  }
  expect(step.state.mean.data[0]).toBe(0);
  expect(step.state.variance.data[0]).toBe(1);
  await runner.close();
});

test('the trained graph normalises by the running statistics', async () => {
  const { runner, loss, y } = await openStep(['scale', 'shift']);
  for (const batch of BATCHES)
    await runner.run({ x: floats(batch, [4, 1]), learning_rate: floats(0.1) }, [loss]);
  const state = await runner.readState();
  await runner.close();
  const [mean, variance, scale, shift] = ['mean', 'variance', 'scale', 'shift'].map((name) =>
    Number(state[name].data[0]),
  );
  const inferred = await runOnce(trainedGraph(normGraph().graph, state, y), {
    x: floats([3, 4, 5, 6], [4, 1]),
  });
  [3, 4, 5, 6].forEach((value, row) => {
    const unit = (value - mean) / Math.sqrt(variance + EPSILON);
    expect(inferred[y].data[row]).toBeCloseTo(scale * unit + shift, 5);
  });
});

test('a frozen norm goes by its running statistics and leaves them, while its scale and shift learn', async () => {
  const { step, runner, loss } = await openStep(['scale', 'shift'], 'frozen');
  const answer = await runner.run({ x: floats(BATCHES[1], [4, 1]), learning_rate: floats(0.1) }, [loss]);
  const unit = BATCHES[1].map((value) => value / Math.sqrt(1 + EPSILON));
  expect(answer[loss].data[0]).toBeCloseTo(average(unit.map((value) => value ** 2)), 5);
  const state = await runner.readState();
  await runner.close();
  expect(Object.keys(step.carried).filter((name) => !isOptimizerState(name))).toEqual(['scale', 'shift']);
  const dScale = average(unit.map((value) => 2 * value * value));
  const dShift = average(unit.map((value) => 2 * value));
  expect(state.scale.data[0]).toBeCloseTo(1 - 0.1 * dScale, 5);
  expect(state.shift.data[0]).toBeCloseTo(-0.1 * dShift, 5);
});

test('a norm without a trained value stays on its running statistics', async () => {
  const { graph } = normGraph();
  const g = new GraphBuilder(graph);
  expect(trainBatchNorms(g, ['some', 'other'])).toEqual([]);
  expect(graph).toEqual(normGraph().graph);
});

async function openStep(names: Value[], norms: ParameterGroup['norms'] = 'trained') {
  const { graph, y, loss } = normGraph();
  const step = await buildTrainingStep(graph, {
    sizes: {},
    groups: [{ names, rate: 1, weightDecay: 0, norms }],
    optimizer: { name: 'sgd', momentum: 0.9 },
  });
  const runner = await GraphRunner.open(step.graph, {
    carried: step.carried,
    state: step.state,
    threads: 1,
  });
  return { step, runner, y, loss };
}

function average(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
