/** What goes from one step of training to the next: weights, running statistics, and what the optimizer keeps. */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Tensor } from '../onnx/tensor.ts';

/** Stands in the names of carried values that are the optimizer's, between whose they are and what they are. */
export const OPTIMIZER_STATE = ':optimizer/';

/** Whether a carried value is the optimizer's rather than the model's. */
export function isOptimizerState(name: Value): boolean {
  return name.includes(OPTIMIZER_STATE);
}

export class CarriedValues {
  /** Which output feeds which input of the next step. */
  readonly outputs: Record<Value, Value> = {};
  /** First values, by the name of the input. */
  readonly state: Record<Value, Tensor> = {};
  readonly #g: GraphBuilder;

  constructor(g: GraphBuilder) {
    this.#g = g;
  }

  /** Makes `name` an input that the output `next` feeds in the following step; without an `initial` value it is an initializer. */
  carry(name: Value, next: Value, initial = this.firstValue(name)): void {
    const { graph } = this.#g;
    const { dtype, dims } = initial;
    graph.initializers.delete(name);
    graph.inputs.push({ name, dtype, dims });
    graph.outputs.push({ name: next, dtype, dims });
    this.outputs[name] = next;
    this.state[name] = initial;
  }

  /** What an initializer that is not carried yet holds. */
  firstValue(name: Value): Tensor {
    const initial = this.#g.graph.initializers.get(name);
    if (!initial) throw new Error(`"${name}" is no initializer, or is carried already. This is a bug.`);
    return initial;
  }
}
