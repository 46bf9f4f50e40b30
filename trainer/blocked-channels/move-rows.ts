/**
 * Axes that change places while the last one stays: whole rows move. ONNX Runtime's Transpose does that on one thread, its
 * Gather on all of them, at the price of a number for each row.
 */
import type { Value } from '../onnx/graph.ts';
import { elementCount, type Tensor, tensor } from '../onnx/tensor.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** Of an axis, by its number before it moves, only these positions, in this order. */
type Picked = { axis: number; positions: number[] };

/** [dims] → the same with its axes in the order `perm`, which ends with the last one; of axes of which some are picked, only those. */
export function moveRows(
  b: BlockedGraph,
  x: Value,
  dims: number[],
  perm: number[],
  ...picked: Picked[]
): Value {
  const positions = dims.map(
    (size, axis) => picked.find((one) => one.axis === axis)?.positions ?? range(size),
  );
  const stays = (axis: number, place: number) =>
    axis === place && positions[axis]?.length === dims[axis] && positions[axis]?.every((at, i) => at === i);
  const moving = perm.findLastIndex((axis, place) => !stays(axis, place)) + 1;
  if (moving === 0) return x;
  const [outer, order] = [dims.slice(0, moving), perm.slice(0, moving)];
  const key = JSON.stringify([outer, order, picked]);
  const numbers = b.constantOnce(key, () => int32(rowNumbers(outer, order, positions)));
  return pickRows(b, x, elementCount(dims.slice(moving)), numbers);
}

/** Rows of so many elements by their numbers, an int32 vector. */
export function pickRows(b: BlockedGraph, x: Value, width: number, numbers: Value): Value {
  return b.g.op('Gather', [b.view(x, [-1, width]), numbers], { axis: 0 });
}

/** From `first`, or 0, on. */
export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

export function int32(numbers: number[]): Tensor {
  return tensor('int32', Int32Array.from(numbers), [numbers.length]);
}

/** Which row of [dims] each row of the result is. */
function rowNumbers(dims: number[], perm: number[], positions: number[][]): number[] {
  return perm.reduce(
    (numbers, axis) => {
      const steps = (positions[axis] as number[]).map((at) => at * elementCount(dims.slice(axis + 1)));
      return numbers.flatMap((before) => steps.map((step) => before + step));
    },
    [0],
  );
}
