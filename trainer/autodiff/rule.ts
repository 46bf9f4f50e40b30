/** What a gradient rule is: given a forward node and the gradient of its outputs, the nodes that make the gradient of its inputs. */
import type { Node, Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

export type Backward = {
  g: GraphBuilder;
  node: Node;
  /** Inputs and outputs of the forward node. */
  inputs: Value[];
  outputs: Value[];
  /** Gradient of the first output: in every rule the only one that carries any. */
  dy: Value;
  /** The shape of a forward value. */
  dims: (value: Value) => number[];
  /** Whether the gradient of the input at this position is needed. */
  wants: (input: number) => boolean;
};

/** Returns the gradient of each input by position; undefined where there is none or it is not wanted. */
export type Rule = (backward: Backward) => (Value | undefined)[];
