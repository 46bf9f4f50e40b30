/** The bottleneck that turns a backbone's features into an embedding: the part of the head that is exported. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import { float, type GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, tensor } from '../onnx/tensor.ts';
import { VARIANTS, type Variant } from './variants.ts';

/** Batch normalisation of the bottleneck in the paper's code. */
const DECAY = 0.95;
const EPSILON = 1e-3;
/** Keeps the length of a zero vector above zero. */
const TINY = 1e-12;

/**
 * features [N, F] → embedding [N, dim], not yet of unit length: a linear layer without an activation, and for the
 * batch-normalised variants a normalisation whose scale stays 1. Weights start Glorot-uniform.
 */
export function appendBottleneck(
  g: GraphBuilder,
  features: Value,
  from: number,
  dim: number,
  variant: Variant,
  random: Random,
): Value {
  return g.in('bottleneck', () => {
    const limit = Math.sqrt(6 / (from + dim));
    const values = Float32Array.from({ length: from * dim }, () => (random.uniform() * 2 - 1) * limit);
    const w = g.parameter(tensor('float32', values, [dim, from]), 'weight');
    const b = g.parameter(floats(new Array(dim).fill(0)), 'bias');
    const linear = g.op('Gemm', [features, w, b], { transB: 1 });
    if (VARIANTS[variant].normalisation !== 'batch') return linear;
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

/** Rows of [N, D] scaled to unit length: x / √(Σx² + tiny). */
export function appendUnitLength(g: GraphBuilder, x: Value): Value {
  const squares = g.reduce('ReduceSum', g.op('Mul', [x, x]), [1], true);
  return g.op('Div', [x, g.op('Sqrt', [g.op('Add', [squares, g.floats(TINY)])])]);
}
