/**
 * With strides, pixels whose coordinates leave the same remainders (a phase) are treated alike. Phases lie one after the
 * other as [down · across, maps, h, w, block], `down` and `across` being the strides, a map of each block of channels.
 */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** Strides, and maps with the rows and columns that a phase has of each. */
export type PhaseDims = { down: number; across: number; maps: number; h: number; w: number };

/** [maps, h·down, w·across, block] → all phases. */
export function separatePhases(b: BlockedGraph, x: Value, { down, across, maps, h, w }: PhaseDims): Value {
  const split = b.view(x, [maps, h, down, w, across, b.block]);
  return b.view(b.g.transpose(split, [2, 4, 0, 1, 3, 5]), [down * across, maps, h, w, b.block]);
}

/** Phases → [maps, h·down, w·across, block]; undefined ones are zeros. */
export function joinPhases(b: BlockedGraph, phases: (Value | undefined)[], dims: PhaseDims): Value {
  const { down, across, maps, h, w } = dims;
  const one = [1, maps, h, w, b.block];
  const zeros = () => b.g.op('Expand', [b.g.floats(0), b.g.ints(one)]);
  const parts = phases.map((phase) => (phase === undefined ? zeros() : b.view(phase, one)));
  const stacked = b.view(b.g.op('Concat', parts, { axis: 0 }), [down, across, maps, h, w, b.block]);
  return b.view(b.g.transpose(stacked, [2, 3, 0, 4, 1, 5]), [maps, h * down, w * across, b.block]);
}
