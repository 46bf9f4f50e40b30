/**
 * The cores of the machine, shared by runs of graphs, which keep theirs for long, and images that are decoded, which come
 * in many small pieces. Where both want the same core they push each other out of its caches, so decoding gives way.
 */
import { usableCores } from './usable-cores.ts';

export type Cores = {
  /** Says that so many cores are busy from now on, until what it returns is called; it never waits. */
  occupy(count: number): () => void;
  /** Runs a small piece of work on a core that is free, or beside those that are occupied, one on every second; others wait in order. */
  share<T>(work: () => Promise<T>): Promise<T>;
};

/** A decoder hands an image from thread to thread and waits for itself: two of them fill a core. */
const PIECES_ON_CORE = 2;

/** For a machine of so many cores. Pieces never stop altogether, since what occupies the cores may be waiting for them. */
export function createCores(count: number): Cores {
  const waiting: (() => void)[] = [];
  let occupied = 0;
  let pieces = 0;
  const start = () => {
    const room = Math.max(Math.ceil(count / 2), PIECES_ON_CORE * (count - occupied));
    for (; pieces < room && waiting.length > 0; pieces++) waiting.shift()?.();
  };
  return {
    occupy(cores) {
      occupied += cores;
      return () => {
        occupied -= cores;
        start();
      };
    },
    async share(work) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        start();
      });
      try {
        return await work();
      } finally {
        pieces--;
        start();
      }
    },
  };
}

/** Those of this machine, as far as this process may use them. */
export const machineCores = createCores(usableCores);
