/** The LeNet of the paper's figure: two convolutions and a wide layer before the two numbers that are drawn (arXiv 1809.04157). */
import type { Random } from '../../retrieval/random.ts';
import { findLayers } from '../../trainer/backbones/layers.ts';
import { FEATURES, type Network, PIXELS } from '../../trainer/backbones/network.ts';
import { emptyGraph, type Value } from '../../trainer/onnx/graph.ts';
import { GraphBuilder } from '../../trainer/onnx/graph-builder.ts';
import { floats, tensor } from '../../trainer/onnx/tensor.ts';

const CHANNELS = [32, 64];
const KERNEL = 5;
const WIDTH = 500;
const FLOAT32 = 1;

/**
 * `pixels` uint8 [N, size, size, 1] → `features` float32 [N, 500]; the bottleneck to two numbers is the head's.
 * @param size side of the images in pixels, divisible by 4. Weights start Glorot-uniform, as the authors' framework has it.
 */
export function buildLeNet(size: number, random: Random): Network {
  const g = new GraphBuilder(emptyGraph('lenet'));
  const pixels = g.input(PIXELS, 'uint8', ['N', size, size, 1]);
  const grey = g.transpose(g.op('Cast', [pixels], { to: FLOAT32 }), [0, 3, 1, 2]);
  let x = g.op('Add', [g.op('Mul', [grey, g.floats(2 / 255)]), g.floats(-1)]);
  let from = 1;
  for (const [i, to] of CHANNELS.entries()) {
    x = g.in(`convolution${i + 1}`, () => convolutionAndPool(g, x, from, to, random));
    from = to;
  }
  const flat = from * (size / 2 ** CHANNELS.length) ** 2;
  const wide = g.in('wide', () => {
    const w = g.parameter(glorot([WIDTH, flat], flat, WIDTH, random), 'weight');
    return g.op('Relu', [g.op('Gemm', [g.op('Flatten', [x]), w, zeros(g, WIDTH)], { transB: 1 })]);
  });
  g.output(FEATURES, wide, 'float32', ['N', WIDTH]);
  return {
    name: 'LeNet',
    graph: g.graph,
    layers: findLayers(g.graph),
    parameters: g.parameters,
    featureDim: WIDTH,
    inputSize: size,
  };
}

/** 5×5 with the borders filled up, ReLU, and the maximum of each 2×2: half the resolution. */
function convolutionAndPool(g: GraphBuilder, x: Value, from: number, to: number, random: Random): Value {
  const taps = KERNEL * KERNEL;
  const w = g.parameter(glorot([to, from, KERNEL, KERNEL], from * taps, to * taps, random), 'weight');
  const border = (KERNEL - 1) / 2;
  const convolved = g.op('Conv', [x, w, zeros(g, to)], {
    kernel_shape: [KERNEL, KERNEL],
    pads: [border, border, border, border],
  });
  return g.op('MaxPool', [g.op('Relu', [convolved])], { kernel_shape: [2, 2], strides: [2, 2] });
}

function zeros(g: GraphBuilder, width: number): Value {
  return g.parameter(floats(new Array(width).fill(0)), 'bias');
}

function glorot(dims: number[], from: number, to: number, random: Random) {
  const limit = Math.sqrt(6 / (from + to));
  const count = dims.reduce((product, side) => product * side, 1);
  return tensor(
    'float32',
    Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * limit),
    dims,
  );
}
