/** Undoes ONNX's (NumPy's) broadcasting: what was repeated forwards is summed backwards. */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';

/** Sums `gradient` of shape `from` down to the shape `to`, which had been broadcast to `from`. */
export function sumToShape(g: GraphBuilder, gradient: Value, from: number[], to: number[]): Value {
  const offset = from.length - to.length;
  const axes = from
    .map((_, axis) => axis)
    .filter((axis) => axis < offset || (to[axis - offset] === 1 && from[axis] !== 1));
  if (axes.length === 0 && offset === 0) return gradient;
  const summed = axes.length === 0 ? gradient : g.reduce('ReduceSum', gradient, axes, true);
  return offset === 0 ? summed : g.reshape(summed, to);
}
