/** What a gradient rule is: given a forward node and the gradient of its outputs, the nodes that make the gradient of its inputs. */
import type { Node, Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { DType } from '../onnx/tensor.ts';

export type Backward = {
  g: GraphBuilder;
  node: Node;
  /** Inputs and outputs of the forward node. */
  inputs: Value[];
  outputs: Value[];
  /** Gradient of the first output: for all operators but those of `EVERY_OUTPUT_HAS_GRADIENT` the only one that has any. */
  dy: Value;
  /** Gradients of all outputs that can have one, by position; zeros where none arrives. */
  dys: Value[];
  /** The shape of a forward value. */
  dims: (value: Value) => number[];
  /** The element type of a forward value. */
  dtype: (value: Value) => DType;
  /** Whether the gradient of the input at this position is needed. */
  wants: (input: number) => boolean;
};

/**
 * Returns the gradient of each input by position; undefined where there is none or it is not wanted.
 * Throws SinterError `unsupported` for an attribute or a shape that it does not cover.
 */
export type Rule = (backward: Backward) => (Value | undefined)[];
