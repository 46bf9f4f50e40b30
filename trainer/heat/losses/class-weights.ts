/** What stands for the classes in a loss: a learned weight vector for each, called proxy in the losses that have it move alone. */
import type { Random } from '../../../retrieval/random.ts';
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { floats, tensor } from '../../onnx/tensor.ts';
import { appendUnitLength } from '../head.ts';
import type { LossOptions } from './loss.ts';

/** The names under which class weights (proxies) [classes, dim] and biases [classes] stand in the graph of every loss that has them. */
export const CLASS_WEIGHTS = 'loss/class_weights';
export const CLASS_BIASES = 'loss/class_biases';

/** Class weights [classes, dim], each of about unit length at the start. */
export function appendClassWeights(g: GraphBuilder, { classes, dim }: LossOptions, random: Random): Value {
  const initial = Float32Array.from({ length: classes * dim }, () => random.normal() / Math.sqrt(dim));
  return g.parameter(tensor('float32', initial, [classes, dim]), 'class_weights');
}

/** Class biases [classes], zero at the start. */
export function appendClassBiases(g: GraphBuilder, { classes }: LossOptions): Value {
  return g.parameter(floats(new Array(classes).fill(0)), 'class_biases');
}

/** x·wᵀ of two matrices of rows, [N, dim] and [M, dim] → [N, M]. */
export function appendProducts(g: GraphBuilder, x: Value, w: Value): Value {
  return g.op('MatMul', [x, g.transpose(w, [1, 0])]);
}

/** cos θ between every embedding and every class weight, [N, classes], with class weights made for it. */
export function appendCosinesToClasses(
  g: GraphBuilder,
  embedding: Value,
  options: LossOptions,
  random: Random,
): Value {
  const weights = appendClassWeights(g, options, random);
  return appendProducts(g, appendUnitLength(g, embedding), appendUnitLength(g, weights));
}
