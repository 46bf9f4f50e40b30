/** A small residual network built from nothing, for data of its own kind such as drawings (He et al., arXiv 1512.03385). */
import type { Random } from '../../retrieval/random.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { float, GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, tensor } from '../onnx/tensor.ts';
import { findLayers } from './layers.ts';
import { FEATURES, type Network, PIXELS } from './network.ts';
import { appendPreprocessing, SYMMETRIC } from './preprocess.ts';

export type ResidualNetwork = {
  /** Side of the square input in pixels. */
  size: number;
  /** Channels of each stage; every stage after the first halves the resolution. */
  widths: number[];
  /** Residual blocks of each stage; 0 only for the first, which then is the stem alone. */
  blocks: number[];
  /** Side (odd) and stride of the first convolution. */
  stem: { kernel: number; stride: number };
  /**
   * How the last feature map becomes features: `average` over the image forgets where things are, `flatten` keeps it, which
   * is better by far where images are centred and upright, as drawings are.
   */
  pooling: 'average' | 'flatten';
};

/** BatchNorm's ε as PyTorch has it, and the share of the running statistics that a step keeps. */
const EPSILON = 1e-5;
const DECAY = 0.9;

/**
 * The network with fresh weights: `pixels` uint8 [N, size, size, 3] → `features` float32 [N, D].
 * Convolutions start normal with variance 2/(outputs per weight), norms at scale 1 and shift 0.
 */
export function buildResidualNetwork(spec: ResidualNetwork, random: Random): Network {
  const g = new GraphBuilder(emptyGraph('residual-network'));
  const net = layers(g, random);
  const pixels = g.input(PIXELS, 'uint8', ['N', spec.size, spec.size, 3]);
  let x = appendPreprocessing(g, pixels, SYMMETRIC);
  x = g.in('stem', () =>
    net.relu(
      net.norm(net.convolution(x, 3, spec.widths[0], spec.stem.kernel, spec.stem.stride), spec.widths[0]),
    ),
  );
  let width = spec.widths[0];
  spec.widths.forEach((next, stage) => {
    for (let block = 0; block < spec.blocks[stage]; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = g.in(`stage${stage + 1}.${block + 1}`, () => net.block(x, width, next, stride));
      width = next;
    }
  });
  const featureDim = spec.pooling === 'flatten' ? width * finalSide(spec) ** 2 : width;
  const map = spec.pooling === 'flatten' ? x : g.op('GlobalAveragePool', [x]);
  g.output(FEATURES, g.op('Flatten', [map]), 'float32', ['N', featureDim]);
  return {
    name: 'residual network',
    graph: g.graph,
    layers: findLayers(g.graph),
    parameters: g.parameters,
    featureDim,
    inputSize: spec.size,
  };
}

/** Side of the last feature map in pixels: each stride of 2 halves it, rounded up. */
function finalSide({ size, stem, widths }: ResidualNetwork): number {
  return widths.slice(1).reduce((side) => Math.ceil(side / 2), Math.ceil(size / stem.stride));
}

function layers(g: GraphBuilder, random: Random) {
  const convolution = (x: Value, from: number, to: number, kernel: number, stride: number): Value => {
    const deviation = Math.sqrt(2 / (to * kernel * kernel));
    const weights = Float32Array.from(
      { length: to * from * kernel * kernel },
      () => random.normal() * deviation,
    );
    const w = g.parameter(tensor('float32', weights, [to, from, kernel, kernel]), 'weight');
    const side = (kernel - 1) / 2;
    return g.op('Conv', [x, w], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [side, side, side, side],
    });
  };
  const norm = (x: Value, width: number): Value => {
    const filled = (value: number) => floats(new Array(width).fill(value));
    const inputs = [
      x,
      g.parameter(filled(1), 'scale'),
      g.parameter(filled(0), 'shift'),
      g.constant(filled(0), 'running_mean'),
      g.constant(filled(1), 'running_variance'),
    ];
    return g.op('BatchNormalization', inputs, { epsilon: float(EPSILON), momentum: float(DECAY) });
  };
  const relu = (x: Value): Value => g.op('Relu', [x]);
  const block = (x: Value, from: number, to: number, stride: number): Value => {
    const inner = relu(norm(convolution(x, from, to, 3, stride), to));
    const outer = norm(convolution(inner, to, to, 3, 1), to);
    const shortcut = from === to && stride === 1 ? x : norm(convolution(x, from, to, 1, stride), to);
    return relu(g.op('Add', [outer, shortcut]));
  };
  return { convolution, norm, relu, block };
}
