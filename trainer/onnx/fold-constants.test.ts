import { expect, test } from 'vitest';
import { foldConstants } from './fold-constants.ts';
import { emptyGraph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { runOnce } from './runner.ts';
import { floats, ints, tensor } from './tensor.ts';

/** y = reshape(x, [batch of x, size of x / batch]) · transpose(weight) + range(columns of weight), as exporters write it. */
function shapeArithmetic() {
  const g = new GraphBuilder(emptyGraph('shapes'));
  const x = g.input('x', 'float32', ['N', 2, 3]);
  const batch = g.op('Gather', [g.op('Shape', [x]), g.ints(0)]);
  const rest = g.op('Div', [g.op('Size', [x]), batch]);
  const dims = [batch, rest].map((value) => g.op('Unsqueeze', [value, g.ints([0])]));
  const rows = g.op('Reshape', [x, g.op('Concat', dims, { axis: 0 })]);
  const weight = g.constant(floats([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 6]), 'weight');
  const product = g.op('MatMul', [rows, g.transpose(weight, [1, 0])]);
  const columns = g.op('Gather', [g.op('Shape', [weight], { start: 0, end: 1 }), g.ints(0)]);
  const range = g.op('Range', [g.ints(0), columns, g.ints(1)]);
  g.output('y', g.op('Add', [product, g.op('Cast', [range], { to: 1 })]), 'float32', ['N', 2]);
  return g.graph;
}

const operators = (graph: { nodes: { op: string }[] }) => graph.nodes.map(({ op }) => op);

test('shape arithmetic becomes constants, a weight that is trained stays in its nodes', async () => {
  const graph = shapeArithmetic();
  const folded = await foldConstants(graph, { N: 4 }, ['weight']);
  expect(operators(folded)).toEqual(['Reshape', 'Transpose', 'MatMul', 'Add', 'Identity']);
  const [reshape] = folded.nodes;
  expect(folded.initializers.get(reshape.inputs[1])).toEqual(ints([4, 6]));
  const feeds = {
    x: floats(
      Array.from({ length: 24 }, (_, i) => i),
      [4, 2, 3],
    ),
  };
  expect(await runOnce(folded, feeds)).toEqual(await runOnce(graph, feeds));
  expect(operators(graph)).toContain('Shape');
});

test('constants that are not trained are folded whole', async () => {
  const folded = await foldConstants(shapeArithmetic(), { N: 4 });
  expect(operators(folded)).toEqual(['Reshape', 'MatMul', 'Add', 'Identity']);
  expect(folded.initializers.has('weight')).toBe(false);
});

test('what chance makes is not fixed', async () => {
  const g = new GraphBuilder(emptyGraph('chance'));
  g.input('x', 'float32', [2]);
  const noise = g.op('RandomNormalLike', [g.floats([0, 0])]);
  g.output('y', g.op('Add', ['x', noise]), 'float32', [2]);
  const condition = g.constant(tensor('bool', Uint8Array.of(1), []));
  g.output('z', g.op('Where', [condition, 'x', g.op('Neg', [g.floats([1, 2])])]), 'float32', [2]);
  expect(operators(await foldConstants(g.graph, {}))).toEqual([
    'RandomNormalLike',
    'Add',
    'Identity',
    'Where',
    'Identity',
  ]);
});

test('an output that is fixed stays an output', async () => {
  const g = new GraphBuilder(emptyGraph('fixed'));
  const x = g.input('x', 'float32', ['N', 3]);
  g.output('rank', g.op('Size', [g.op('Shape', [x])]), 'int64', []);
  const folded = await foldConstants(g.graph, { N: 2 });
  expect(folded.nodes).toHaveLength(0);
  expect(folded.initializers.get('rank')).toEqual(ints(2));
});

test('inputs and initializers that no folded node reads stay, also where nothing reads them', async () => {
  const g = new GraphBuilder(emptyGraph('unread'));
  const x = g.input('x', 'float32', ['N', 3]);
  g.input('spare', 'float32', []);
  const aside = g.constant(floats([7]), 'aside');
  g.output('y', g.op('Mul', [x, g.op('Neg', [g.floats(1)])]), 'float32', ['N', 3]);
  const { inputs, initializers } = await foldConstants(g.graph, { N: 2 }, [aside]);
  expect(inputs.map(({ name }) => name)).toEqual(['x', 'spare']);
  expect([...initializers.keys()]).toEqual(['aside', 'Neg']);
});
