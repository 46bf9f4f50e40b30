import { expect, test } from 'vitest';
import { emptyGraph, pruneGraph, type Value } from '../onnx/graph.ts';
import { type AttributeInput, GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { readShapes } from '../onnx/shapes.ts';
import { floats, type Tensor, tensor } from '../onnx/tensor.ts';
import { appendGradients, nodesWithoutRule } from './append-gradients.ts';

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
    g.op('Mul', [g.op('Sinh', ['x']), 'w']),
  );
  expect(gradients.w[0]).toBeCloseTo(Math.sinh(2.5), 5);
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

test('nothing flows through comparisons, roundings and positions, nor is a rule for them missed', async () => {
  const { gradients } = await differentiate({ x: [2.5, -3] }, ['x'], (g) => {
    const float = { to: 1 };
    const positive = g.op('Cast', [g.op('Not', [g.op('Less', ['x', g.floats(0)])])], float);
    const rounded = g.op('Cast', [g.op('Cast', ['x'], { to: 7 })], float);
    const largest = g.op('Cast', [g.op('ArgMax', ['x'])], float);
    const length = g.op('Cast', [g.op('Shape', [g.op('Sinh', ['x'])])], float);
    const factor = g.op('Sum', [positive, g.op('Floor', [rounded]), largest, length]);
    return g.op('Mul', ['x', factor]);
  });
  expect(gradients.x).toEqual([1 + 2 + 0 + 2, 0 - 3 + 0 + 2]);
});

test('an operator without a rule is no hindrance where nothing flows to it', async () => {
  const { gradients } = await differentiate({ x: [2, 3] }, ['x'], (g) =>
    g.op('Mul', ['x', g.op('Sign', [g.op('Sinh', ['x'])])]),
  );
  expect(gradients.x).toEqual([1, 1]);
});

test('a part of a split that the loss does not see receives zeros', async () => {
  const { gradients } = await differentiate({ x: [1, 2, 3, 4] }, ['x'], (g) => {
    const [, middle] = g.ops('Split', ['x', g.ints([1, 2, 1])], 3, { axis: 0 });
    return g.op('Mul', [middle, middle]);
  });
  expect(gradients.x).toEqual([0, 4, 6, 0]);
});

test('further outputs of operators carry no gradient', async () => {
  const { gradients } = await differentiate({ x: [1, 5, 3] }, ['x'], (g) => {
    const [values, indices] = g.ops('MaxPool', [g.reshape('x', [1, 1, 3])], 2, { kernel_shape: [2] });
    return g.op('Mul', [values, g.op('Cast', [indices], { to: 1 })]);
  });
  expect(gradients.x).toEqual([0, 2, 0]);
});

test('the length of a zero vector has the gradient zero', async () => {
  const { gradients } = await differentiate({ x: [0, 0] }, ['x'], (g) => g.op('ReduceL2', ['x']));
  expect(gradients.x).toEqual([0, 0]);
});

test('nodes without a rule and nodes that their rules refuse are all named in one error', async () => {
  const graph = differentiate({ x: [2, 3] }, ['x'], (g) =>
    g.in('head', () => {
      const twice = g.op('Einsum', [g.op('Cosh', [g.op('Neg', ['x'])]), 'x'], { equation: 'i,i->i' });
      const diagonal = g.op('Einsum', [g.op('Einsum', [twice, 'x'], { equation: 'i,j->ij' })], {
        equation: 'ii->i',
      });
      return g.op('Sinh', [diagonal]);
    }),
  );
  await expect(graph).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(
      /^3 node.*Cosh "head\/Cosh".*no gradient rule.*Einsum "head\/Einsum_3".*diagonals.*Sinh "head\/Sinh".*Operators with a rule: Abs, Add, /,
    ),
  });
});

test('nodes without a rule can be listed before anything is built', () => {
  const g = new GraphBuilder(emptyGraph('test', { '': 18, 'com.example': 1 }));
  g.input('x', 'float32', [2]);
  g.input('w', 'float32', [2]);
  const frozen = g.op('Sinh', ['x']);
  const [custom] = g.ops('Relu', [g.op('Mul', [frozen, 'w'])], 1, {}, 'com.example');
  const loss = g.op('Cosh', [g.op('Neg', [custom])]);
  const before = g.graph.nodes.length;
  const listed = (wrt: Value[]) => nodesWithoutRule(g.graph, loss, wrt).map(({ op }) => op);
  expect(listed(['w'])).toEqual(['Relu', 'Cosh']);
  expect(listed(['x'])).toEqual(['Sinh', 'Relu', 'Cosh']);
  expect(listed([])).toEqual([]);
  expect(g.graph.nodes.length).toBe(before);
});

test('an operator of another domain has no rule, whatever its name', async () => {
  const g = new GraphBuilder(emptyGraph('test', { '': 18, 'com.example': 1 }));
  g.input('x', 'float32', [2]);
  const [loss] = g.ops('Relu', ['x'], 1, {}, 'com.example');
  const shapes = new Map([[loss, { dtype: 'float32' as const, dims: [2] }]]);
  expect(() => appendGradients(g, loss, ['x'], shapes)).toThrow(/^1 node.*Relu.* no gradient rule/);
});

const REFUSED: [string, number[][], string, Record<string, AttributeInput>, RegExp][] = [
  ['a trained bound', [[2, 3], []], 'Clip', {}, /trained bounds/],
  ['a diagonal', [[3, 3]], 'Einsum', { equation: 'ii' }, /diagonals, got the equation "ii"/],
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

test('a Dropout that drops is refused', async () => {
  const g = new GraphBuilder(emptyGraph('test'));
  g.input('x', 'float32', [2, 3]);
  const training = g.constant(tensor('bool', Uint8Array.of(1), []));
  const y = g.op('Dropout', ['x', g.floats(0.5), training]);
  const known = await readShapes(g.graph);
  expect(() => appendGradients(g, y, ['x'], known)).toThrow(/got training_mode true/);
});

test('reduction axes that are computed are refused', async () => {
  const g = new GraphBuilder(emptyGraph('test'));
  g.input('x', 'float32', [2, 3]);
  const axes = g.op('Identity', [g.ints([1])]);
  const y = g.op('ReduceSum', ['x', axes]);
  const known = await readShapes(g.graph);
  expect(() => appendGradients(g, y, ['x'], known)).toThrow(/ReduceSum.*input 2.*computed value "Identity"/);
});
