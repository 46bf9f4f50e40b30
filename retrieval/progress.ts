/** How long work reports how far it is and learns that it should stop. Knows nothing of how progress is shown. */
import { SinterError } from './errors.ts';

/** One step of long work: `done` of `total` units of `stage`; a note such as `loss 2.31` may stand beside it. */
export type Progress = { stage: string; done: number; total: number; note?: string };

/** What every long function takes, last: where to report to, and the signal to stop at the next safe point. */
export type LongWork = { onProgress?: (progress: Progress) => void; signal?: AbortSignal };

/** Throws `interrupted` once the signal is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SinterError('interrupted', 'Interrupted. What was reported done is kept.');
}
