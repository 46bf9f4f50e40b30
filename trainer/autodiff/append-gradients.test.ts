import { expect, test } from 'vitest';
import { emptyGraph, pruneGraph, type Value } from '../onnx/graph.ts';
import { type AttributeInput, GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { readShapes } from '../onnx/shapes.ts';
import { floats, type Tensor } from '../onnx/tensor.ts';
import { appendGradients } from './append-gradients.ts';

/** A builder with a vector input of each name, and the gradients of what `build` makes of them. */
async function differentiate(
  inputs: Record<Value, number[]>,
  wrt: Value[],
  build: (g: GraphBuilder) => Value,
): Promise<{ g: GraphBuilder; added: string[]; gradients: Record<Value, number[]> }> {
  const g = new GraphBuilder(emptyGraph('test'));
  for (const [name, values] of Object.entries(inputs)) g.input(name, 'float32', [values.length]);
  const loss = build(g);
  const before = g.graph.nodes.length;
  const found = appendGradients(g, loss, wrt, await readShapes(g.graph));
  const outputs = [...new Set(found.values())].map((name) => ({ name, dims: [] }));
  const feeds = Object.entries(inputs).map(([name, values]): [Value, Tensor] => [name, floats(values)]);
  const graph = pruneGraph({ ...g.graph, outputs });
  const used = new Set(graph.inputs.map(({ name }) => name));
  const results =
    outputs.length > 0
      ? await runOnce(graph, Object.fromEntries(feeds.filter(([name]) => used.has(name))))
      : {};
  return {
    g,
    added: g.graph.nodes.slice(before).map(({ op }) => op),
    gradients: Object.fromEntries(
      [...found].map(([value, gradient]) => [value, Array.from(results[gradient].data, Number)]),
    ),
  };
}

test('a value used twice receives the sum of what comes back from both', async () => {
  const { gradients } = await differentiate({ x: [2, 3] }, ['x'], (g) => {
    const doubled = g.op('Add', ['x', 'x']);
    return g.op('Mul', [doubled, 'x']);
  });
  expect(gradients.x).toEqual([8, 12]);
});

test('a value whose branches meet again receives each branch once', async () => {
  const { gradients } = await differentiate({ x: [1, 2] }, ['x'], (g) => {
    const square = g.op('Mul', ['x', 'x']);
    return g.op('Add', [g.op('Mul', [square, 'x']), g.op('Neg', [square])]);
  });
  expect(gradients.x).toEqual([3 - 2, 12 - 4]);
});

test('gradients of values between input and loss can be asked for as well', async () => {
  const { gradients } = await differentiate({ x: [2, 3] }, ['x', 'middle'], (g) => {
    const middle = g.output('middle', g.op('Neg', ['x']), 'float32', [2]);
    return g.op('Mul', [middle, middle]);
  });
  expect(gradients.middle).toEqual([-4, -6]);
  expect(gradients.x).toEqual([4, 6]);
});

test('what is frozen gets no gradient nodes', async () => {
  const { added, gradients } = await differentiate({ x: [2, 3], w: [4, 5] }, ['w'], (g) => {
    const frozen = g.op('Exp', [g.op('Sqrt', [g.op('Exp', ['x'])])]);
    return g.op('Mul', [g.op('Neg', [frozen]), 'w']);
  });
  expect(added).toEqual(['Mul']);
  expect(Object.keys(gradients)).toEqual(['w']);
});

test('operators without a rule are no hindrance in the frozen part', async () => {
  const { gradients } = await differentiate({ x: [2.5], w: [4] }, ['w'], (g) =>
    g.op('Mul', [g.op('Round', ['x']), 'w']),
  );
  expect(gradients.w).toEqual([2]);
});

test('a value that does not reach the loss is absent', async () => {
  const { gradients } = await differentiate({ x: [2], aside: [3] }, ['x', 'aside'], (g) => {
    g.op('Neg', ['aside']);
    return g.op('Exp', [g.op('Neg', [g.op('Neg', ['x'])])]);
  });
  expect(Object.keys(gradients)).toEqual(['x']);
});

test('a loss that nothing reaches has no gradients', async () => {
  const { added, gradients } = await differentiate({ x: [2], w: [1] }, ['w'], (g) => g.op('Neg', ['x']));
  expect(gradients).toEqual({});
  expect(added).toEqual([]);
});

test('nodes without a rule are all named in one error', async () => {
  const graph = differentiate({ x: [2, 3] }, ['x'], (g) =>
    g.in('head', () => g.op('Round', [g.op('Sinh', [g.op('Neg', ['x'])])])),
  );
  await expect(graph).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(
      /2 node.*Sinh "head\/Sinh".*Round "head\/Round".*Operators with a rule: Add, /,
    ),
  });
});

test('an operator of another domain has no rule, whatever its name', async () => {
  const g = new GraphBuilder(emptyGraph('test', { '': 18, 'com.example': 1 }));
  g.input('x', 'float32', [2]);
  const [loss] = g.ops('Relu', ['x'], 1, {}, 'com.example');
  expect(() => appendGradients(g, loss, ['x'], new Map())).toThrow(/No gradient rule for 1 node.*Relu/);
});

const REFUSED: [string, number[][], string, Record<string, AttributeInput>, RegExp][] = [
  ['a product with a vector', [[2, 3], [3]], 'MatMul', {}, /got the shapes \[2,3\] and \[3\]/],
  [
    'a convolution of sequences',
    [
      [1, 2, 6],
      [2, 2, 3],
    ],
    'Conv',
    {},
    /got the shape \[1,2,6\]/,
  ],
  [
    'an average pool that rounds up',
    [[1, 1, 5, 5]],
    'AveragePool',
    { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
    /ceil_mode 1/,
  ],
  [
    'a max pool whose indices run down columns',
    [[1, 1, 4, 4]],
    'MaxPool',
    { kernel_shape: [2, 2], storage_order: 1 },
    /storage_order 1/,
  ],
];

test.each(REFUSED)('%s is refused', async (_, shapes, op, attributes, message) => {
  const g = new GraphBuilder(emptyGraph('test'));
  const inputs = shapes.map((dims, position) => g.input(`x${position}`, 'float32', dims));
  const y = g.op(op, inputs, attributes);
  const known = await readShapes(g.graph);
  expect(() => appendGradients(g, y, inputs, known)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
  );
});

test('reduction axes that are computed are refused', async () => {
  const g = new GraphBuilder(emptyGraph('test'));
  g.input('x', 'float32', [2, 3]);
  const axes = g.op('Identity', [g.ints([1])]);
  const y = g.op('ReduceSum', ['x', axes]);
  const known = await readShapes(g.graph);
  expect(() => appendGradients(g, y, ['x'], known)).toThrow(/takes its axes from the computed value/);
});
