import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { emptyGraph, type Graph, OPSET } from './graph.ts';
import { type AttributeInput, float, GraphBuilder } from './graph-builder.ts';
import { runOnce } from './runner.ts';
import { elementCount, floats, ints, type Tensor } from './tensor.ts';
import { upgradeOpset } from './upgrade-opset.ts';

type Case = {
  op: string;
  opset: number;
  /** The first is fed, the others are constants. */
  inputs: Tensor[];
  attributes?: Record<string, AttributeInput>;
  outputs?: number;
  /** Says what the case is about where the operator's name does not. */
  about?: string;
};

const random = seededRandom(1, 'upgrade');
const noise = (...dims: number[]) => floats(Array.from({ length: elementCount(dims) }, random.normal), dims);
const positive = (...dims: number[]) =>
  floats(Array.from({ length: elementCount(dims) }, random.uniform), dims);
const list = (...values: number[]) => ({ kind: 'floats' as const, value: values });

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

/** Each runs in ONNX Runtime as it is and upgraded: the outputs must be the same to the last bit. */
const CASES: Case[] = [
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) => [
    { op, opset: 9, inputs: [noise(2, 3, 4)], about: 'over all axes from 1 on' },
    { op, opset: 11, inputs: [noise(2, 3, 4)], attributes: { axis: 2 }, about: 'over the last axis' },
    { op, opset: 12, inputs: [noise(2, 3, 4)], attributes: { axis: -1 }, about: 'over axis -1' },
    { op, opset: 12, inputs: [noise(2, 3, 4)], attributes: { axis: 0 }, about: 'over everything' },
    { op, opset: 12, inputs: [noise(2, 3, 2, 2)], attributes: { axis: -2 }, about: 'over the last two axes' },
  ]),
  ...REDUCTIONS.flatMap((name) => [
    {
      op: `Reduce${name}`,
      opset: 12,
      inputs: [positive(2, 3, 4)],
      attributes: { axes: [1, -1], keepdims: 0 },
    },
    { op: `Reduce${name}`, opset: 9, inputs: [positive(2, 3)], about: 'of everything' },
  ]),
  { op: 'ReduceMean', opset: 17, inputs: [noise(2, 3, 4)], attributes: { axes: [2] } },
  { op: 'Squeeze', opset: 11, inputs: [noise(1, 3, 1)], attributes: { axes: [-1] } },
  { op: 'Squeeze', opset: 9, inputs: [noise(1, 3, 1)], about: 'of every axis' },
  { op: 'Unsqueeze', opset: 11, inputs: [noise(2, 3)], attributes: { axes: [0, 3] } },
  { op: 'Split', opset: 11, inputs: [noise(4, 2)], outputs: 2, about: 'into equal parts' },
  { op: 'Split', opset: 11, inputs: [noise(2, 5)], attributes: { axis: 1, split: [2, 3] }, outputs: 2 },
  { op: 'Split', opset: 13, inputs: [noise(2, 6)], attributes: { axis: 1 }, outputs: 3, about: 'of set 13' },
  { op: 'Split', opset: 13, inputs: [noise(2, 5), ints([4, 1])], attributes: { axis: 1 }, outputs: 2 },
  {
    op: 'Slice',
    opset: 9,
    inputs: [noise(4, 5)],
    attributes: { starts: [1, 0], ends: [3, -1], axes: [0, 1] },
  },
  {
    op: 'Slice',
    opset: 9,
    inputs: [noise(4, 5)],
    attributes: { starts: [1], ends: [Number.MAX_SAFE_INTEGER] },
  },
  { op: 'Clip', opset: 9, inputs: [noise(3, 3)], attributes: { min: float(-0.5), max: float(0.5) } },
  { op: 'Clip', opset: 9, inputs: [noise(3, 3)], attributes: { max: float(0.5) }, about: 'from above alone' },
  { op: 'Clip', opset: 9, inputs: [noise(3, 3)], about: 'without bounds' },
  { op: 'Pad', opset: 9, inputs: [noise(2, 3)], attributes: { pads: [1, 0, 0, 2], value: float(7) } },
  { op: 'Pad', opset: 9, inputs: [noise(2, 3)], attributes: { pads: [1, 1, 0, 2], mode: 'reflect' } },
  { op: 'Dropout', opset: 9, inputs: [noise(3, 3)], attributes: { ratio: float(0.3) } },
  { op: 'Dropout', opset: 10, inputs: [noise(3, 3)], outputs: 2, about: 'with its mask' },
  {
    op: 'BatchNormalization',
    opset: 8,
    inputs: [noise(2, 3, 2, 2), noise(3), noise(3), noise(3), positive(3)],
    attributes: { spatial: 1, epsilon: float(0.01), momentum: float(0.5) },
  },
  {
    op: 'BatchNormalization',
    opset: 12,
    inputs: [noise(2, 3, 2, 2), noise(3), noise(3), noise(3), positive(3)],
    attributes: { epsilon: float(0.01) },
  },
  { op: 'Upsample', opset: 7, inputs: [noise(1, 2, 3, 3)], attributes: { scales: list(1, 1, 2, 3) } },
  { op: 'Upsample', opset: 9, inputs: [noise(1, 2, 3, 3), floats([1, 1, 2.5, 2])] },
  {
    op: 'Upsample',
    opset: 9,
    inputs: [noise(1, 2, 3, 3), floats([1, 1, 2, 2])],
    attributes: { mode: 'linear' },
  },
  { op: 'Resize', opset: 10, inputs: [noise(1, 2, 3, 3), floats([1, 1, 2.4, 2])] },
  {
    op: 'Resize',
    opset: 10,
    inputs: [noise(1, 2, 4, 4), floats([1, 1, 0.5, 1.5])],
    attributes: { mode: 'linear' },
  },
  {
    op: 'Resize',
    opset: 11,
    inputs: [noise(1, 2, 3, 3), floats([]), floats([]), ints([1, 2, 6, 5])],
    attributes: { mode: 'cubic', coordinate_transformation_mode: 'align_corners' },
  },
  { op: 'Resize', opset: 13, inputs: [noise(1, 2, 3, 3), floats([]), floats([1, 1, 2, 2])] },
  { op: 'TopK', opset: 9, inputs: [noise(2, 5)], attributes: { k: 2 }, outputs: 2 },
  { op: 'Gemm', opset: 9, inputs: [noise(2, 3), noise(3, 4), noise(4)] },
  {
    op: 'AveragePool',
    opset: 7,
    inputs: [noise(1, 2, 5, 5)],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  },
  {
    op: 'MaxPool',
    opset: 8,
    inputs: [noise(1, 2, 5, 5)],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  { op: 'DepthToSpace', opset: 9, inputs: [noise(1, 8, 2, 2)], attributes: { blocksize: 2 } },
  {
    op: 'Scatter',
    opset: 9,
    inputs: [noise(2, 3), ints([0, 2], [1, 2]), noise(1, 2)],
    attributes: { axis: 1 },
  },
];

/** One graph for all cases of a set: opening a session takes longer than all that they compute. */
const SETS = [...new Set(CASES.map(({ opset }) => opset))].sort((a, b) => a - b);

test.each(SETS)('everything of operator set %i computes the same upgraded', async (opset) => {
  const cases = CASES.filter((each) => each.opset === opset);
  const graph = graphOf(opset, cases);
  const upgraded = upgradeOpset(graph);
  expect(upgraded.opsets['']).toBe(OPSET);
  const feeds = Object.fromEntries(cases.map(({ inputs }, i) => [`x${i}`, inputs[0]]));
  const before = await runOnce(graph, feeds, { threads: 1 });
  const after = await runOnce(upgraded, feeds, { threads: 1 });
  for (const [i, { op, about = '' }] of cases.entries())
    expect(after[`y${i}`], `${op} ${about}`).toEqual(before[`y${i}`]);
});

function graphOf(opset: number, cases: Case[]): Graph {
  const g = new GraphBuilder(emptyGraph('old', { '': opset }));
  for (const [i, { op, inputs, attributes = {}, outputs = 1 }] of cases.entries()) {
    const [x, ...constants] = inputs;
    const values = [g.input(`x${i}`, x.dtype, x.dims), ...constants.map((value) => g.constant(value))];
    const [made] = g.ops(op, values, outputs, attributes);
    g.output(`y${i}`, made, 'float32', []);
  }
  g.graph.outputs = g.graph.outputs.map(({ name }) => ({ name, dims: [] }));
  return g.graph;
}

test('operands that operator set 6 aligned by an axis find their place', async () => {
  const build = (opset: number, scale: Tensor, attributes: Record<string, AttributeInput>) => {
    const g = new GraphBuilder(emptyGraph('legacy', { '': opset }));
    g.input('x', 'float32', [1, 2, 3, 3]);
    const pooled = g.op('MaxPool', ['x'], { kernel_shape: [2, 2] });
    const scaled = g.op('Mul', [pooled, g.constant(scale)], attributes);
    g.graph.outputs = [{ name: g.op('Relu', [scaled]), dims: [] }];
    return g.graph;
  };
  const feeds = { x: noise(1, 2, 3, 3) };
  const old = upgradeOpset(build(6, floats([2, -3]), { broadcast: 1, axis: 1 }));
  const today = build(OPSET, floats([2, -3], [2, 1, 1]), {});
  const [a, b] = [await runOnce(old, feeds), await runOnce(today, feeds)];
  expect(Object.values(a)).toEqual(Object.values(b));
});

test('what has no counterpart is refused, every node by name', () => {
  const g = new GraphBuilder(emptyGraph('old', { '': 6 }));
  g.input('x', 'float32', [1, 3, 4, 4]);
  const up = g.in('up', () => g.op('Upsample', ['x'], { height_scale: float(2), width_scale: float(2) }));
  const statistics = [1, 2, 3, 4].map(() => g.constant(noise(3)));
  const norm = g.in('norm', () => g.op('BatchNormalization', [up, ...statistics], { spatial: 0 }));
  g.output('y', norm, 'float32', []);
  expect(() => upgradeOpset(g.graph)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/2 node\(s\).*"up\/Upsample".*"norm\/BatchNormalization".*spatial/),
    }),
  );
});

test('a graph of the present set or a newer one stays as it is', () => {
  for (const opset of [OPSET, OPSET + 3]) {
    const graph = emptyGraph('new', { '': opset });
    expect(upgradeOpset(graph)).toBe(graph);
  }
});
