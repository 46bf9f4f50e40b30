/**
 * With strides, pixels whose coordinates leave the same remainders (a phase) are treated alike. Phases lie one after the
 * other as [down · across, maps, h, w, block], `down` and `across` being the strides, a map of each block of channels.
 */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { int32, pickRows, range } from './move-rows.ts';

/** Strides, and maps with the rows and columns that a phase has of each. */
export type PhaseDims = { down: number; across: number; maps: number; h: number; w: number };

/** Rows and columns of a map from its corner on. */
export type Cut = { top: number; left: number; height: number; width: number };

/** Phases → the rows and columns of `cut` of what they make together, [maps, height, width, block]; undefined ones are zeros. */
export function joinPhases(b: BlockedGraph, phases: (Value | undefined)[], dims: PhaseDims, cut: Cut): Value {
  const { maps, h, w } = dims;
  const one = [1, maps, h, w, b.block];
  const zeros = () => b.g.op('Expand', [b.g.floats(0), b.g.ints(one)]);
  const parts = phases.map((phase) => (phase === undefined ? zeros() : b.view(phase, one)));
  const numbers = b.constantOnce(JSON.stringify([dims, cut]), () => int32(pixelNumbers(dims, cut)));
  return pickRows(b, b.g.op('Concat', parts, { axis: 0 }), b.block, numbers);
}

/** Where among all phases' pixels those of the joined maps lie. */
function pixelNumbers({ down, across, maps, h, w }: PhaseDims, cut: Cut): number[] {
  const columns = range(cut.width, cut.left);
  return range(maps).flatMap((map) =>
    range(cut.height, cut.top).flatMap((row) => {
      const [phase, first] = [(row % down) * across, Math.floor(row / down) * w];
      return columns.map(
        (column) => ((phase + (column % across)) * maps + map) * h * w + first + Math.floor(column / across),
      );
    }),
  );
}
