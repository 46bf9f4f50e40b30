import { beforeAll, describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { appendGradients, type NodeGradient } from '../autodiff/append-gradients.ts';
import { copyGraph, emptyGraph, type Graph, pruneGraph, type Value } from '../onnx/graph.ts';
import { float, GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { readShapes } from '../onnx/shapes.ts';
import { elementCount, floats, type Tensor } from '../onnx/tensor.ts';
import { NCHWC } from './blocked-graph.ts';
import { channelBlock } from './channel-block.ts';
import { forCpu } from './for-cpu.ts';

/** Sums over some thousand products of numbers around 1, in another order. */
const ROUNDING = 2e-5;

type Case = {
  name: string;
  /** The image [N, C, H, W], and weights; of those all gradients are compared. */
  inputs: number[][];
  build: (g: GraphBuilder, inputs: Value[]) => Value;
  /** Inputs are whole numbers, so that a window's largest pixel is often there twice. */
  whole?: true;
  /** What stays as ONNX has it, as there is no blocked form. */
  plain?: ('forward' | 'image' | 'weights')[];
};

type Settings = {
  strides?: number[];
  pads?: number[];
  dilations?: number[];
  group?: number;
  auto_pad?: string;
};

function conv(
  name: string,
  x: number[],
  w: number[],
  settings: Settings = {},
  more: Partial<Case> = {},
): Case {
  return { name, inputs: [x, w], build: (g, inputs) => g.op('Conv', inputs, settings), ...more };
}

const SAME = [1, 1, 1, 1];
const HALVED = { strides: [2, 2], pads: SAME };

const CASES: Case[] = [
  conv('3×3', [16, 16, 6, 7], [32, 16, 3, 3], { pads: SAME }),
  conv('3×3 of channels that fill no block', [16, 24, 5, 5], [40, 24, 3, 3], { pads: SAME }),
  conv('3×3, stride 2, even size', [16, 16, 8, 6], [16, 16, 3, 3], HALVED),
  conv('3×3, stride 2, odd size', [16, 16, 7, 9], [16, 16, 3, 3], HALVED),
  conv('3×3, stride 3 that leaves pixels over', [16, 16, 8, 8], [16, 16, 3, 3], { strides: [3, 3] }),
  conv('3×3, uneven strides', [16, 16, 6, 8], [16, 16, 3, 3], { strides: [1, 2], pads: SAME }),
  conv('3×3, dilated', [16, 16, 7, 7], [16, 16, 3, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] }),
  conv('SAME_UPPER, stride 2', [16, 16, 6, 6], [16, 16, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  conv('5×3', [16, 16, 7, 6], [16, 16, 5, 3], { pads: [2, 1, 2, 1] }),
  conv('1×1', [3, 32, 5, 3], [24, 32, 1, 1]),
  conv('1×1, stride 2, odd size', [2, 16, 7, 5], [16, 16, 1, 1], { strides: [2, 2] }),
  conv('a batch of more than a block', [20, 16, 4, 4], [16, 16, 3, 3], { pads: SAME }),
  conv('a batch of two blocks', [32, 16, 4, 4], [16, 16, 3, 3], { pads: SAME }),
  conv('rows in strips', [16, 16, 96, 40], [16, 16, 3, 3], { pads: SAME }),
  conv(
    'images of three colours',
    [16, 3, 12, 12],
    [32, 3, 7, 7],
    { strides: [2, 2], pads: [3, 3, 3, 3] },
    { plain: ['image'] },
  ),
  conv('depthwise', [3, 32, 6, 5], [32, 1, 3, 3], { pads: SAME, group: 32 }),
  conv('depthwise of channels that fill no block', [2, 40, 5, 5], [40, 1, 3, 3], { pads: SAME, group: 40 }),
  conv('depthwise, stride 2, even size', [2, 16, 8, 6], [16, 1, 3, 3], { ...HALVED, group: 16 }),
  conv('depthwise, stride 2, odd size', [2, 16, 7, 9], [16, 1, 5, 5], {
    strides: [2, 2],
    pads: [2, 2, 2, 2],
    group: 16,
  }),
  conv('few images', [2, 16, 5, 5], [16, 16, 3, 3], { pads: SAME }, { plain: ['weights'] }),
  conv('few outputs', [16, 16, 5, 5], [4, 16, 3, 3], { pads: SAME }, { plain: ['forward', 'weights'] }),
  conv(
    'two groups',
    [16, 32, 5, 5],
    [32, 16, 3, 3],
    { pads: SAME, group: 2 },
    { plain: ['forward', 'image', 'weights'] },
  ),
  {
    name: 'with bias',
    inputs: [[16, 16, 5, 5], [24, 16, 3, 3], [24]],
    build: (g, inputs) => g.op('Conv', inputs, { pads: SAME }),
  },
  {
    name: 'a residual block with norms by the batch',
    inputs: [[16, 24, 6, 6], [24, 24, 3, 3], [24], [24], [24, 24, 3, 3], [24], [24]],
    build: (g, [x, ...rest]) => {
      const inner = g.op('Relu', [norm(g, g.op('Conv', [x, rest[0]], { pads: SAME }), rest[1], rest[2])]);
      const outer = norm(g, g.op('Conv', [inner, rest[3]], { pads: SAME }), rest[4], rest[5]);
      return g.op('Relu', [g.op('Add', [outer, x])]);
    },
  },
  ...[
    { name: 'MaxPool of 3×3, stride 2', kernel_shape: [3, 3], strides: [2, 2], pads: SAME },
    { name: 'MaxPool of 2×2, stride 2, odd size', kernel_shape: [2, 2], strides: [2, 2] },
    { name: 'MaxPool of 3×2, stride 1', kernel_shape: [3, 2], pads: [1, 0, 1, 1] },
    { name: 'MaxPool of 2×2, stride 3', kernel_shape: [2, 2], strides: [3, 3] },
  ].map(({ name, ...settings }) => ({
    name: `${name}, of shared maxima`,
    inputs: [
      [16, 20, 9, 11],
      [24, 20, 1, 1],
    ],
    whole: true as const,
    build: (g: GraphBuilder, inputs: Value[]) => g.op('MaxPool', [g.op('Conv', inputs)], settings),
  })),
  {
    name: 'norms by running statistics, Clip and a pool',
    inputs: [[16, 24, 5, 5], [32, 24, 1, 1], [32], [32]],
    build: (g, [x, w, scale, shift]) => {
      const y = norm(g, g.op('Conv', [x, w]), scale, shift, false);
      return g.op('GlobalAveragePool', [g.op('Clip', [y, g.floats(-0.5), g.floats(1)])]);
    },
  },
];

function norm(g: GraphBuilder, x: Value, scale: Value, shift: Value, training = true): Value {
  const size = g.graph.inputs.find(({ name }) => name === scale)?.dims[0] as number;
  const statistic = (value: number) => g.op('Neg', [g.floats(new Array(size).fill(-value))]);
  const inputs = [x, scale, shift, statistic(training ? 0 : 0.1), statistic(training ? 1 : 0.7)];
  const settings = { epsilon: float(1e-5), momentum: float(0) };
  return training
    ? g.ops('BatchNormalization', inputs, 3, { ...settings, training_mode: 1 })[0]
    : g.op('BatchNormalization', inputs, settings);
}

type Run = { graph: Graph; results: Record<Value, Tensor> };
type Placed = { names: Value[]; output: Value; gradients: Value[] };

const placed = new Map<string, Placed>();
let plain: Run;
let blocked: Run;

beforeAll(async () => {
  const g = new GraphBuilder(emptyGraph('cases'));
  const feeds: Record<Value, Tensor> = {};
  const outputs = CASES.map(({ name, inputs, whole, build }) => {
    const random = seededRandom(1, name);
    const names = inputs.map((dims, i) => g.input(`${name}: ${i}`, 'float32', dims));
    inputs.forEach((dims, i) => {
      const drawn = normal(dims, random);
      feeds[names[i]] = whole ? floats((drawn.data as Float32Array).map(Math.round), dims) : drawn;
    });
    return { name, names, output: g.in(name, () => build(g, names)) };
  });
  const shapes = await readShapes(g.graph);
  const made: NodeGradient[] = [];
  for (const { name, names, output } of outputs) {
    const dims = shapes.get(output)?.dims as number[];
    const weighted = g.op('Mul', [output, g.constant(normal(dims, seededRandom(2, name)))]);
    shapes.set(weighted, { dtype: 'float32', dims });
    const found = appendGradients(g, weighted, names, shapes, made);
    placed.set(name, { names, output, gradients: names.map((input) => found.get(input) as Value) });
  }
  const wanted = [...placed.values()].flatMap(({ output, gradients }) => [output, ...gradients]);
  const graph = pruneGraph({ ...g.graph, outputs: wanted.map((name) => ({ name, dims: [] })) });
  const run = async (one: Graph) => ({ graph: one, results: await runOnce(one, feeds, { threads: 1 }) });
  plain = await run(copyGraph(graph));
  blocked = await run(await forCpu(graph, made, shapes, {}));
});

function normal(dims: number[], random: Random): Tensor {
  return floats(Array.from({ length: elementCount(dims) }, random.normal), dims);
}

function relativeError({ data: ours }: Tensor, { data: expected }: Tensor): number {
  const [a, b] = [ours as Float32Array, expected as Float32Array];
  const length = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length(a.map((value, i) => value - (b[i] as number))) / length(b);
}

/** Operators of ONNX and of blocked maps that the value is made with. */
function operatorsOf(graph: Graph, value: Value): string[] {
  const nodes = pruneGraph({ ...graph, outputs: [{ name: value, dims: [] }] }).nodes;
  return nodes.map(({ op, domain }) => (domain === NCHWC ? `blocked ${op}` : op));
}

describe.skipIf((await channelBlock()) === undefined)(
  'on a CPU for which there are blocked operators',
  () => {
    test.each(CASES)('$name: values and gradients are those of the plain graph', ({ name }) => {
      const { output, gradients } = placed.get(name) as Placed;
      for (const value of [output, ...gradients]) {
        expect(blocked.results[value].dims).toEqual(plain.results[value].dims);
        expect(relativeError(blocked.results[value], plain.results[value])).toBeLessThan(ROUNDING);
      }
    });

    test.each(CASES)('$name: is made of blocked operators where it can be', ({ name, plain: left = [] }) => {
      const { output, gradients } = placed.get(name) as Placed;
      const parts = { forward: output, image: gradients[0] as Value, weights: gradients[1] as Value };
      for (const [part, value] of Object.entries(parts)) {
        const operators = operatorsOf(blocked.graph, value);
        const isPlain = left.includes(part as 'forward' | 'image' | 'weights');
        expect(['Conv', 'ConvTranspose', 'MatMul'].some((op) => operators.includes(op))).toBe(isPlain);
        expect(operators.includes('BatchNormalization')).toBe(false);
      }
    });
  },
);

test('a graph without convolutions is left alone', async () => {
  const graph = emptyGraph('none');
  expect(await forCpu(graph, [], new Map(), {})).toBe(graph);
});
