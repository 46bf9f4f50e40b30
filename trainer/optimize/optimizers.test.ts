import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { floats, type Tensor } from '../onnx/tensor.ts';
import { OPTIMIZER_NAMES, type OptimizerSettings } from './optimizers.ts';
import { buildTrainingStep } from './training-step.ts';

type Weights = { matrix: number[][]; vector: number[] };

/** Weights after every step in PyTorch; make-reference.py beside it says how they were made. */
const REFERENCE: {
  rates: number[];
  start: Weights;
  gradients: Weights[];
  runs: { settings: OptimizerSettings; weightDecay: number; weights: Weights[] }[];
} = JSON.parse(readFileSync('test/references/optimizers/updates.json', 'utf8'));

/** The reference is of float64, ours of float32; weights are of the order of 1. */
const TOLERANCE = 2e-6;

const tensorOf = (values: number[] | number[][]): Tensor =>
  floats(values.flat(), Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length]);

/** Weights whose gradients are inputs: loss = Σ weight·input. */
function weighedInputs() {
  const g = new GraphBuilder(emptyGraph('weighed inputs'));
  const [matrix, vector] = Object.entries(REFERENCE.start).map(([name, values]) => {
    const initial = tensorOf(values);
    const input = g.input(`${name}_gradient`, 'float32', initial.dims);
    const product = g.op('Mul', [g.constant(initial, name), input]);
    return g.reduce('ReduceSum', product, [...initial.dims.keys()], false);
  });
  g.output('loss', g.op('Add', [matrix, vector]), 'float32', []);
  return g.graph;
}

const described = REFERENCE.runs.map((run) => ({
  ...run,
  title: `${JSON.stringify(run.settings)} with weight decay ${run.weightDecay}`,
}));

test.each(described)('$title moves weights as PyTorch does', async ({ settings, weightDecay, weights }) => {
  const step = await buildTrainingStep(weighedInputs(), {
    sizes: {},
    groups: [{ names: ['matrix', 'vector'], rate: 1, weightDecay }],
    optimizer: settings,
  });
  const runner = await GraphRunner.open(step.graph, { carried: step.carried, state: step.state, threads: 1 });
  for (const [i, { matrix, vector }] of REFERENCE.gradients.entries()) {
    const feeds = { matrix_gradient: tensorOf(matrix), vector_gradient: tensorOf(vector) };
    await runner.run({ ...feeds, learning_rate: floats(REFERENCE.rates[i]) }, []);
    const state = await runner.readState();
    expectNear(state, { matrix: weights[i].matrix.flat(), vector: weights[i].vector }, `step ${i + 1}`);
  }
  await runner.close();
});

test('every optimizer has a reference', () => {
  const tested = new Set(REFERENCE.runs.map(({ settings }) => settings.name));
  expect([...tested].sort()).toEqual([...OPTIMIZER_NAMES].sort());
});

function expectNear(state: Record<Value, Tensor>, expected: Record<Value, number[]>, where: string): void {
  for (const [name, values] of Object.entries(expected))
    values.forEach((value, i) => {
      expect(Math.abs(Number(state[name].data[i]) - value), `${name}[${i}] after ${where}`).toBeLessThan(
        TOLERANCE,
      );
    });
}
