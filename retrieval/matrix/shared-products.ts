/** The threads for comparing vectors that a process has once: to start them takes longer than most comparisons. */
import { type Comparisons, openProducts } from './open-products.ts';

let shared: Promise<Comparisons> | undefined;

/**
 * Starts the threads with the first comparison. Nobody closes them: idle threads keep no process from ending.
 * Comparisons that run at the same time do not disturb each other.
 */
export function sharedProducts(): Promise<Comparisons> {
  shared ??= openProducts().catch((error) => {
    shared = undefined;
    throw error;
  });
  return shared;
}
