import { afterEach, expect, test } from 'vitest';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { floats } from '../onnx/tensor.ts';
import { StepRunner } from './step-runner.ts';
import type { TrainingStep } from './training-step.ts';

let runner: StepRunner | undefined;
afterEach(() => runner?.close());

/** total′ = total + rate·Σx; answers Σx and total′ as a number. */
function adder(): TrainingStep {
  const g = new GraphBuilder(emptyGraph('adder'));
  g.input('x', 'float32', [2]);
  g.input('rate', 'float32', []);
  g.input('total', 'float32', [1]);
  const sum = g.output('sum', g.reduce('ReduceSum', 'x', [0], false), 'float32', []);
  const next = g.op('Add', ['total', g.op('Mul', [sum, 'rate'])]);
  g.graph.outputs.push({ name: next, dtype: 'float32', dims: [1] });
  g.output('reached', g.reduce('ReduceSum', next, [0], false), 'float32', []);
  return { graph: g.graph, carried: { total: next }, state: { total: floats([10]) }, forwardBytes: 16 };
}

const FEEDS = [
  { x: floats([1, 2]), rate: floats(1) },
  { x: floats([3, 4]), rate: floats(2) },
  { x: floats([5, 6]), rate: floats(0.5) },
];

test('steps in one go answer and carry on what they do one by one', async () => {
  runner = await StepRunner.open(adder(), { threads: 1 });
  const together = await runner.run(FEEDS, ['sum', 'reached']);
  expect(together).toEqual({ sum: Float32Array.of(3, 7, 11), reached: Float32Array.of(13, 27, 32.5) });
  expect((await runner.readState()).total.data).toEqual(Float32Array.of(32.5));
  await runner.writeState(adder().state);
  const alone: number[] = [];
  for (const feeds of FEEDS) alone.push(...(await runner.run([feeds], ['reached'])).reached);
  expect(Float32Array.from(alone)).toEqual(together.reached);
});

test('a runner begins with the state that it is given, and short steps are taken several at a time', async () => {
  runner = await StepRunner.open(adder(), { threads: 1, state: { total: floats([0]) } });
  expect(runner.stepsAtOnce).toBe(1);
  expect((await runner.run(FEEDS.slice(0, 1), ['reached'])).reached).toEqual(Float32Array.of(3));
  await runner.run(FEEDS, []);
  expect(runner.stepsAtOnce).toBeGreaterThan(1);
});

test('steps that need much memory are taken one by one', async () => {
  runner = await StepRunner.open({ ...adder(), forwardBytes: 3.1e9 }, { threads: 1 });
  await runner.run(FEEDS.slice(0, 1), []);
  await runner.run(FEEDS.slice(0, 1), []);
  expect(runner.stepsAtOnce).toBe(1);
});
