/** The gradient of Pad. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';
import { mapAxis, matrixOf, type Tap, transposed } from './axis-maps.ts';
import { fixedInput } from './fixed-input.ts';

/** How many positions are added before and after, by axis; negative ones are cut off. */
type Pads = { before: number[]; after: number[] };

export const Pad: Rule = (backward) => {
  const { mode = 'constant' } = plainAttributes<{ mode: string }>(backward.node);
  return mode === 'constant' ? constantPad(backward) : repeatingPad(backward, mode);
};

/** Of the image: its part of dy, cut out by the same pads negated. Of the constant: the rest of dy. */
function constantPad(backward: Backward): (Value | undefined)[] {
  const { g, dy, wants } = backward;
  const { before, after } = padsOf(backward);
  const back = g.ints([...before, ...after].map((pad) => -pad));
  const dx = g.op('Pad', [dy, back]);
  if (!wants(2)) return [dx];
  const total = (value: Value) => g.op('ReduceSum', [value], { keepdims: 0 });
  const value = g.op('Sub', [total(dy), total(dx)]);
  return [dx, undefined, g.reshape(value, backward.dims(backward.inputs[2]))];
}

/** The margin is made of the image's own pixels, each of which gets back what its repetitions received. */
function repeatingPad(backward: Backward, mode: string): Value[] {
  const { g, dims, inputs, outputs } = backward;
  const { before, after } = padsOf(backward);
  let [dx, shape] = [backward.dy, dims(outputs[0])];
  dims(inputs[0]).forEach((length, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return;
    const taps = Array.from({ length: shape[axis] }, (_, position): Tap[] => [
      { from: repeated(mode, position - before[axis], length), weight: 1 },
    ]);
    dx = mapAxis(g, dx, shape, axis, transposed(matrixOf(taps, length)));
    shape = shape.with(axis, length);
  });
  return [dx];
}

/** Which pixel of an axis stands at a position before or beyond it. */
function repeated(mode: string, position: number, length: number): number {
  const within = (at: number, period: number) => ((at % period) + period) % period;
  if (mode === 'edge') return Math.min(Math.max(position, 0), length - 1);
  if (mode === 'wrap') return within(position, length);
  const mirrored = within(position, Math.max(1, 2 * (length - 1)));
  return Math.min(mirrored, 2 * (length - 1) - mirrored);
}

function padsOf(backward: Backward): Pads {
  const { dims, inputs } = backward;
  const rank = dims(inputs[0]).length;
  const pads = fixedInput(backward, 1) ?? [];
  const axes = fixedInput(backward, 3) ?? Array.from({ length: rank }, (_, axis) => axis);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, position) => {
    before[(axis + rank) % rank] = pads[position];
    after[(axis + rank) % rank] = pads[axes.length + position];
  });
  return { before, after };
}
