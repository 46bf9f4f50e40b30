/** The bottleneck that turns a backbone's features into an embedding: the part of the head that is exported. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import { float, type GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, type Tensor, tensor } from '../onnx/tensor.ts';

/** Batch normalisation of the bottleneck in the paper's code. */
const DECAY = 0.95;
const EPSILON = 1e-3;
/** PyTorch's. */
const LAYER_NORM_EPSILON = 1e-5;
/** Keeps the length of a zero vector above zero. */
const TINY = 1e-12;

/** What a bottleneck has besides its linear layer. */
export type Head = {
  /** The features are layer-normalised first, without learned scale and shift, as in NormSoftmax and ProxyNCA++. */
  layerNorm?: true;
  /** The embedding is batch-normalised, with a learned shift and no learned scale, as in BN and HBN. */
  batchNorm?: true;
};

/** Where a linear layer starts that was computed from features: x ↦ W(x − mean), W [dim, F], mean [F]. The mean is not trained. */
export type BottleneckStart = { weight: Tensor; mean: Tensor };

/**
 * features [N, F] → embedding [N, dim], not yet of unit length: a linear layer without an activation, between the
 * normalisations that `head` asks for. Without a `start` its weights are Glorot-uniform, and it learns a bias.
 */
export function appendBottleneck(
  g: GraphBuilder,
  features: Value,
  from: number,
  dim: number,
  head: Head,
  random: Random,
  start?: BottleneckStart,
): Value {
  return g.in('bottleneck', () => {
    const input = head.layerNorm ? appendLayerNorm(g, features) : features;
    const linear = start ? appendCentred(g, input, start) : appendGlorot(g, input, from, dim, random);
    if (!head.batchNorm) return linear;
    const filled = (value: number) => floats(new Array(dim).fill(value));
    const inputs = [
      g.constant(filled(1), 'scale'),
      g.parameter(filled(0), 'shift'),
      g.constant(filled(0), 'running_mean'),
      g.constant(filled(1), 'running_variance'),
    ];
    return g.op('BatchNormalization', [linear, ...inputs], {
      epsilon: float(EPSILON),
      momentum: float(DECAY),
    });
  });
}

function appendCentred(g: GraphBuilder, x: Value, { weight, mean }: BottleneckStart): Value {
  const centred = g.op('Sub', [x, g.constant(mean, 'mean')]);
  return g.op('Gemm', [centred, g.parameter(weight, 'weight')], { transB: 1 });
}

function appendGlorot(g: GraphBuilder, x: Value, from: number, dim: number, random: Random): Value {
  const limit = Math.sqrt(6 / (from + dim));
  const values = Float32Array.from({ length: from * dim }, () => (random.uniform() * 2 - 1) * limit);
  const w = g.parameter(tensor('float32', values, [dim, from]), 'weight');
  const b = g.parameter(floats(new Array(dim).fill(0)), 'bias');
  return g.op('Gemm', [x, w, b], { transB: 1 });
}

/** Rows of [N, F] brought to mean 0 and variance 1 (Ba, Kiros and Hinton, arXiv 1607.06450, 2016), without learned scale and shift. */
export function appendLayerNorm(g: GraphBuilder, x: Value): Value {
  const centred = g.op('Sub', [x, g.reduce('ReduceMean', x, [1], true)]);
  const variance = g.reduce('ReduceMean', g.op('Mul', [centred, centred]), [1], true);
  return g.op('Div', [centred, g.op('Sqrt', [g.op('Add', [variance, g.floats(LAYER_NORM_EPSILON)])])]);
}

/** Rows of [N, D] scaled to unit length: x / √(Σx² + tiny). */
export function appendUnitLength(g: GraphBuilder, x: Value): Value {
  const squares = g.reduce('ReduceSum', g.op('Mul', [x, x]), [1], true);
  return g.op('Div', [x, g.op('Sqrt', [g.op('Add', [squares, g.floats(TINY)])])]);
}
