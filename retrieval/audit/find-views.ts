/**
 * Pictures that show the same as others or a part of them: a search among looks at a few parts of every picture, and a closer
 * look at what it finds. Knows nothing of files.
 */
import { setImmediate } from 'node:timers/promises';
import { sharedProducts } from '../matrix/shared-products.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { type Fit, fitInto, partOf } from './align.ts';
import { type Box, lookOf, type Picture, sumPixels, WHOLE } from './picture.ts';

/** The picture number `part` shows what lies in `box` of the picture number `whole`. */
export type View = Fit & { part: number; whole: number };

/** Parts of a picture that are looked at: the whole, four fifths from the middle and from each corner, and two thirds. */
const BOXES: readonly Box[] = [
  WHOLE,
  ...[
    [0.5, 0.5],
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([x, y]) => boxAt(0.8, x, y)),
  boxAt(0.65, 0.5, 0.5),
];
/** Cells a side of a look. */
const CELLS = 8;
const LENGTH = 3 * CELLS * CELLS;
/** Looks that are nearest to a part: of these some are of one picture. */
const NEAREST = 12;
/** Pictures that get a closer look, and how alike the looks must be for it. */
const CLOSER = 5;
const LEAST_ALIKE = 0.45;
/** Pictures whose looks are in memory at once. */
const AT_ONCE = 4096;
/** Parts that are fitted between two turns of the event loop. */
const PARTS_A_TURN = 8;

/** For each of `parts` its best view of one of `wholes`, from the correlation `least` on; at most one a part. Throws `interrupted`. */
export async function findViews(
  parts: readonly Picture[],
  wholes: readonly Picture[],
  least: number,
  { onProgress, signal }: LongWork = {},
): Promise<View[]> {
  const candidates = await candidatesOf(parts, wholes, signal ? { signal } : {});
  const views: View[] = [];
  for (const [part, found] of candidates.entries()) {
    const best = bestView(parts[part] as Picture, wholes, found);
    if (best && best.correlation >= least) views.push({ part, ...best });
    if (part % PARTS_A_TURN !== 0 && part < parts.length - 1) continue;
    onProgress?.({ stage: 'looking for copies', done: part + 1, total: parts.length });
    await setImmediate();
    stopIfAborted(signal);
  }
  return views;
}

type Candidate = { whole: number; box: Box; alike: number };

function bestView(
  picture: Picture,
  wholes: readonly Picture[],
  candidates: readonly Candidate[],
): Omit<View, 'part'> | undefined {
  if (candidates.length === 0) return undefined;
  const part = partOf(sumPixels(picture), WHOLE);
  const fits = candidates.flatMap(({ whole, box }) => {
    const fit = fitInto(sumPixels(wholes[whole] as Picture), part, box);
    return fit ? [{ whole, ...fit }] : [];
  });
  return fits.sort((a, b) => b.correlation - a.correlation)[0];
}

/** For each part the pictures with the looks nearest to it, the nearest first, each with the box of that look. */
async function candidatesOf(
  parts: readonly Picture[],
  wholes: readonly Picture[],
  work: LongWork,
): Promise<Candidate[][]> {
  const { neighbours } = await sharedProducts();
  const queries = looksAt(parts, [WHOLE]);
  const candidates: Candidate[][] = parts.map(() => []);
  for (let first = 0; first < wholes.length; first += AT_ONCE) {
    const references = looksAt(wholes.slice(first, first + AT_ONCE), BOXES);
    const sets = { queries, references, dim: LENGTH };
    for await (const { from, count, k, indices, similarities } of neighbours(sets, NEAREST, work)) {
      for (let i = 0; i < count; i++) {
        const found = Array.from({ length: k }, (_, rank) => {
          const look = indices[i * k + rank];
          const [whole, box] = [first + Math.floor(look / BOXES.length), BOXES[look % BOXES.length] as Box];
          return { whole, box, alike: similarities[i * k + rank] };
        });
        candidates[from + i] = nearest([...(candidates[from + i] as Candidate[]), ...found]);
      }
    }
  }
  return candidates;
}

/** Each picture once. */
function nearest(candidates: Candidate[]): Candidate[] {
  const sorted = candidates.filter(({ alike }) => alike >= LEAST_ALIKE).sort((a, b) => b.alike - a.alike);
  const first = new Map<number, Candidate>();
  for (const candidate of sorted) if (!first.has(candidate.whole)) first.set(candidate.whole, candidate);
  return [...first.values()].slice(0, CLOSER);
}

/** Float32 [pictures · boxes, LENGTH], the boxes of one picture after each other. */
function looksAt(pictures: readonly Picture[], boxes: readonly Box[]): Float32Array {
  const looks = new Float32Array(pictures.length * boxes.length * LENGTH);
  pictures.forEach((picture, i) => {
    const sums = sumPixels(picture);
    boxes.forEach((box, j) => {
      looks.set(lookOf(sums, box, CELLS), (i * boxes.length + j) * LENGTH);
    });
  });
  return looks;
}

/** @param size share of both sides. @param x @param y from 0, at the left or the top, to 1. */
function boxAt(size: number, x: number, y: number): Box {
  const [left, top] = [x * (1 - size), y * (1 - size)];
  return { left, top, right: left + size, bottom: top + size };
}
