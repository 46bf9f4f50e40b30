import { afterEach, expect, test } from 'vitest';
import { emptyGraph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphRunner, runOnce } from './runner.ts';
import { floats } from './tensor.ts';

let runner: GraphRunner | undefined;
afterEach(() => runner?.close());

/** total′ = total + x, and its double. */
function adder() {
  const g = new GraphBuilder(emptyGraph('adder'));
  g.input('x', 'float32', [2]);
  g.input('total', 'float32', [2]);
  g.output('next', g.op('Add', ['x', 'total']), 'float32', [2]);
  g.output('double', g.op('Add', ['next', 'next']), 'float32', [2]);
  return g.graph;
}

async function openAdder() {
  const initial = floats([10, 20]);
  runner = await GraphRunner.open(adder(), {
    threads: 1,
    carried: { total: 'next' },
    state: { total: initial },
  });
  return { runner, initial };
}

test('carried values go from run to run and can be read and replaced', async () => {
  const { runner, initial } = await openAdder();
  const x = floats([1, 2]);
  expect((await runner.run({ x }, ['double'])).double.data).toEqual(Float32Array.of(22, 44));
  expect((await runner.run({ x }, ['double'])).double.data).toEqual(Float32Array.of(24, 48));
  expect((await runner.readState()).total.data).toEqual(Float32Array.of(12, 24));
  await runner.writeState({ total: floats([0, 0]) });
  expect((await runner.run({ x }, ['double'])).double.data).toEqual(Float32Array.of(2, 4));
  expect(initial.data).toEqual(Float32Array.of(10, 20));
});

test('a carried value that is also asked for goes on all the same', async () => {
  const { runner } = await openAdder();
  const x = floats([1, 2]);
  expect((await runner.run({ x }, ['next', 'double'])).next.data).toEqual(Float32Array.of(11, 22));
  expect((await runner.run({ x }, ['next', 'double'])).next.data).toEqual(Float32Array.of(12, 24));
  expect((await runner.readState()).total.data).toEqual(Float32Array.of(12, 24));
});

test('a run without outputs that are asked for carries on', async () => {
  const { runner } = await openAdder();
  expect(await runner.run({ x: floats([1, 2]) }, [])).toEqual({});
  expect((await runner.readState()).total.data).toEqual(Float32Array.of(11, 22));
});

test('a run that fails leaves the carried values as they were', async () => {
  const { runner } = await openAdder();
  await expect(runner.run({ x: floats([1, 2, 3]) }, ['double'])).rejects.toThrow(/dimension|shape/i);
  expect((await runner.run({ x: floats([1, 2]) }, ['double'])).double.data).toEqual(Float32Array.of(22, 44));
});

test('a graph that ONNX Runtime refuses is a bad model, in its words', async () => {
  const g = new GraphBuilder(emptyGraph('odd one'));
  g.output('y', g.op('NoSuchOperator', [g.input('x', 'float32', [2])]), 'float32', [2]);
  await expect(GraphRunner.open(g.graph)).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringMatching(/ONNX Runtime refuses the graph "odd one".*NoSuchOperator/s),
  });
});

test('a closed runner runs no more, and can be closed again', async () => {
  const { runner } = await openAdder();
  await runner.close();
  await expect(runner.run({ x: floats([1, 2]) }, ['double'])).rejects.toThrow(/closed/);
  await runner.close();
});

test('a single run answers every output of the graph', async () => {
  const results = await runOnce(adder(), { x: floats([1, 2]), total: floats([0, 1]) }, { threads: 1 });
  expect(results).toEqual({ next: floats([1, 3]), double: floats([2, 6]) });
});
