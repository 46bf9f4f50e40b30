import { expect, test } from 'vitest';
import { emptyGraph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { readShapes } from './shapes.ts';
import { floats } from './tensor.ts';

function network() {
  const g = new GraphBuilder(emptyGraph('test'));
  g.input('pixels', 'uint8', ['N', 'S', 'S', 3]);
  g.input('labels', 'int64', ['N']);
  const image = g.transpose(g.op('Cast', ['pixels'], { to: 1 }), [0, 3, 1, 2]);
  const w = g.constant(floats(new Array(54).fill(0), [2, 3, 3, 3]), 'w');
  const y = g.op('Conv', [image, w], { strides: [2, 2] });
  const [values, indices] = g.ops('TopK', [g.op('Flatten', [y]), g.ints([3])], 2);
  return { g, names: { image, w, y, values, indices } };
}

test('every value has its type and shape at the sizes that are given', async () => {
  const { g, names } = network();
  const shapes = await readShapes(g.graph, { N: 4, S: 9 });
  expect(shapes.get('pixels')).toEqual({ dtype: 'uint8', dims: [4, 9, 9, 3] });
  expect(shapes.get(names.image)).toEqual({ dtype: 'float32', dims: [4, 3, 9, 9] });
  expect(shapes.get(names.w)).toEqual({ dtype: 'float32', dims: [2, 3, 3, 3] });
  expect(shapes.get(names.y)).toEqual({ dtype: 'float32', dims: [4, 2, 4, 4] });
  expect(shapes.get(names.values)).toEqual({ dtype: 'float32', dims: [4, 3] });
  expect(shapes.get(names.indices)).toEqual({ dtype: 'int64', dims: [4, 3] });
});

test('a size that is not given is asked for', async () => {
  await expect(readShapes(network().g.graph, { N: 4 })).rejects.toThrow(/"pixels" has the shape \[N,S,S,3\]/);
});

test('a shape that depends on computed values is read off a run', async () => {
  const g = new GraphBuilder(emptyGraph('test'));
  const x = g.input('x', 'float32', ['N', 6]);
  const count = g.op('ReduceSum', [g.op('Cast', [x], { to: 7 })], { keepdims: 0 });
  const sizes = g.op('Add', [g.op('Unsqueeze', [count, g.ints([0])]), g.ints([2, 3, 4])]);
  const y = g.op('Expand', [g.floats(1), sizes]);
  const scalar = g.op('ReduceMax', [y], { keepdims: 0 });
  const shapes = await readShapes(g.graph, { N: 5 });
  expect(shapes.get(y)).toEqual({ dtype: 'float32', dims: [2, 3, 4] });
  expect(shapes.get(scalar)).toEqual({ dtype: 'float32', dims: [] });
  expect(shapes.get(count)).toEqual({ dtype: 'int64', dims: [] });
});
