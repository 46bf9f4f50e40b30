import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { float, GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, tensor, zeros } from '../onnx/tensor.ts';
import { findLayers } from './layers.ts';
import { FEATURES, type Network, withScope } from './network.ts';
import { buildResidualNetwork } from './residual-network.ts';

function layersOf(build: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder(emptyGraph('net'));
  g.output(FEATURES, build(g, g.input('x', 'float32', ['N', 3, 8, 8])), 'float32', []);
  return findLayers(g.graph);
}

test('convolutions come with their bias and norm, without its statistics', () => {
  const layers = layersOf((g, x) => {
    const statistics = ['gamma', 'beta', 'mean', 'variance'].map((name) =>
      g.constant(zeros([4]), `bn1.${name}`),
    );
    const weight = g.constant(zeros([4, 3, 3, 3]), 'conv1.weight');
    const normed = g.op('BatchNormalization', [
      g.op('Conv', [x, weight, g.constant(zeros([4]), 'conv1.bias')]),
      ...statistics,
    ]);
    const active = g.op('PRelu', [normed, g.constant(zeros([4, 1, 1]), 'slopes')]);
    return g.op('Conv', [active, g.constant(zeros([2, 4, 1, 1]), 'kernel:0')]);
  });
  expect(layers).toEqual([
    { name: 'conv1', parameters: ['conv1.weight', 'conv1.bias', 'bn1.gamma', 'bn1.beta', 'slopes'] },
    { name: 'Conv_2', parameters: ['kernel:0'] },
  ]);
});

test('transposed weights, added biases, scales, tokens and positions count; settings, masks and scaling of the image do not', () => {
  const layers = layersOf((g, x) => {
    const image = g.op('Div', [
      g.op('Sub', [x, g.floats([1, 2, 3], [3, 1, 1])]),
      g.floats([4, 5, 6], [3, 1, 1]),
    ]);
    const rows = g.op('Reshape', [image, g.ints([0, 3, 64])]);
    const product = g.op('MatMul', [rows, g.transpose(g.constant(zeros([5, 64]), 'dense.weight'), [1, 0])]);
    const biased = g.op('Add', [g.constant(zeros([5]), 'dense.bias'), product]);
    const token = g.op('Expand', [
      g.constant(zeros([1, 1, 5]), 'token'),
      g.op('Concat', [g.op('Shape', [biased], { end: 1 }), g.ints([1, 1])], { axis: 0 }),
    ]);
    const tokens = g.op('Concat', [token, biased], { axis: 1 });
    const placed = g.op('Add', [tokens, g.constant(floats(new Array(20).fill(0.1), [1, 4, 5]), 'positions')]);
    const masked = g.op('Add', [placed, g.floats([0, -100, 0, -100, 0])]);
    const scaled = g.op('Mul', [
      g.op('Mul', [masked, g.floats([0.5])]),
      g.constant(floats([1, 1, 1, 1, 1]), 'layer_scale'),
    ]);
    return g.op(
      'LayerNormalization',
      [scaled, g.constant(zeros([5]), 'norm.scale'), g.constant(zeros([5]), 'norm.shift')],
      { epsilon: float(1e-5) },
    );
  });
  expect(layers).toEqual([
    {
      name: 'dense',
      parameters: [
        'dense.weight',
        'dense.bias',
        'token',
        'positions',
        'layer_scale',
        'norm.scale',
        'norm.shift',
      ],
    },
  ]);
});

test('a weight used twice is one parameter, a quantized one is none', () => {
  const layers = layersOf((g, x) => {
    const shared = g.constant(zeros([3, 3, 1, 1]), 'shared.weight');
    const twice = g.op('Conv', [g.op('Conv', [x, shared]), shared]);
    const quantized = g.constant(tensor('int8', new Int8Array(9), [3, 3, 1, 1]), 'quantized');
    return g.op('Conv', [twice, g.op('DequantizeLinear', [quantized, g.floats(0.1)])]);
  });
  expect(layers).toEqual([{ name: 'shared', parameters: ['shared.weight'] }]);
});

const network = buildResidualNetwork(
  { size: 16, widths: [8, 16], blocks: [1, 1], stem: { kernel: 3, stride: 1 }, pooling: 'average' },
  seededRandom(1),
);

test('a network from nothing has exactly its parameters in its layers', () => {
  expect(network.layers.flatMap(({ parameters }) => parameters).sort()).toEqual(
    [...network.parameters].sort(),
  );
  expect(network.layers.map(({ name }) => name).slice(0, 3)).toEqual(['stem', 'stage1.1', 'stage1.1/Conv_2']);
});

test('a scope trains nothing, everything, or the last layers with their norms', () => {
  expect(withScope(network, 'head').parameters).toEqual([]);
  expect(withScope(network, 'all').parameters.sort()).toEqual([...network.parameters].sort());
  const last = withScope(network, { last: 1 }).parameters;
  expect(last).toEqual(network.layers.at(-1)?.parameters);
  expect(last).toHaveLength(3);
  expect(withScope(network, { last: 99 }).parameters).toHaveLength(network.parameters.length);
  expect(() => withScope(network, { last: 0 })).toThrow(/last 1 or more layers/);
});

test('nodes without a gradient are all named, and only where they are in the way', () => {
  const g = new GraphBuilder(emptyGraph('net'));
  const x = g.input('x', 'float32', ['N', 3, 8, 8]);
  const first = g.op('Conv', [x, g.constant(zeros([3, 3, 1, 1]), 'first.weight')]);
  const odd = g.in('odd', () => g.op('Det', [g.op('TopK', [first, g.ints([4])])]));
  g.output(FEATURES, g.op('MatMul', [odd, g.constant(zeros([3, 2]), 'last.weight')]), 'float32', []);
  const strange: Network = {
    name: 'strange',
    graph: g.graph,
    layers: findLayers(g.graph),
    parameters: [],
    featureDim: 2,
    inputSize: 8,
  };
  expect(() => withScope(strange, 'all')).toThrow(
    /2 node\(s\) of strange .*TopK "odd\/TopK".*Det "odd\/Det"/,
  );
  expect(withScope(strange, { last: 1 }).parameters).toEqual(['last.weight']);
});
