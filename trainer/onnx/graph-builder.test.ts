import { expect, test } from 'vitest';
import { emptyGraph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { runOnce } from './runner.ts';
import { floats } from './tensor.ts';

test('every name is given once, also beside those that a graph brings along', () => {
  const first = new GraphBuilder(emptyGraph('test'));
  first.input('x', 'float32', [1]);
  const names = [first.op('Neg', ['x']), first.op('Neg', ['x']), first.constant(floats(1), 'Neg')];
  const second = new GraphBuilder(first.graph);
  names.push(second.op('Neg', ['x']), second.fresh('x'), ...second.ops('Split', ['x'], 2));
  expect(names).toEqual(['Neg', 'Neg_2', 'Neg_3', 'Neg_4', 'x_2', 'Split', 'Split_2']);
  expect(() => second.input('x', 'float32', [1])).toThrow(/"x" is taken in the graph "test"/);
  expect(() => second.output('Neg', 'x', 'float32', [1])).toThrow(/"Neg" is taken/);
});

test('scopes stand before names, one in the other, and end even when building fails', () => {
  const g = new GraphBuilder(emptyGraph('test'));
  const name = g.in('stage1', () => g.in('block', () => g.fresh('weight')));
  expect(name).toBe('stage1/block/weight');
  expect(() =>
    g.in('broken', () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(g.fresh('weight')).toBe('weight');
});

test('an output under the name of its value adds no node', () => {
  const g = new GraphBuilder(emptyGraph('test'));
  const y = g.op('Neg', [g.input('x', 'float32', [1])]);
  g.output(y, y, 'float32', [1]);
  g.output('renamed', y, 'float32', [1]);
  expect(g.graph.nodes.map(({ op }) => op)).toEqual(['Neg', 'Identity']);
  expect(g.graph.outputs.map(({ name }) => name)).toEqual(['Neg', 'renamed']);
});

test.each([12, 13, 17, 18])(
  'reductions run in operator set %i, slices step and go backwards',
  async (opset) => {
    const g = new GraphBuilder(emptyGraph('test', { '': opset }));
    g.input('x', 'float32', [2, 3]);
    g.output('sum', g.reduce('ReduceSum', 'x', [1], false), 'float32', [2]);
    g.output('mean', g.reduce('ReduceMean', 'x', [-1], true), 'float32', [2, 1]);
    g.output('largest', g.reduce('ReduceMax', 'x', [0], false), 'float32', [3]);
    g.output('turned', g.slice('x', [-1, 0], [-4, 2], [1, 0], [-2, 1]), 'float32', [2, 2]);
    const results = await runOnce(g.graph, { x: floats([1, 2, 3, 4, 5, 6], [2, 3]) }, { threads: 1 });
    expect(results.sum.data).toEqual(Float32Array.of(6, 15));
    expect(results.mean).toEqual(floats([2, 5], [2, 1]));
    expect(results.largest.data).toEqual(Float32Array.of(4, 5, 6));
    expect(results.turned).toEqual(floats([3, 1, 6, 4], [2, 2]));
  },
);
