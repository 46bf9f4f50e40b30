/** How far a job that runs is, when it will be done, and what of that is written down for the case that the process ends. */
import type { Progress } from '../../retrieval/progress.ts';
import { TimeLeft } from '../../retrieval/time-left.ts';

/** What stands in the database beside a job. */
export type JobProgress = Partial<Progress> & {
  /** How often work on it was begun without coming to an end. */
  starts: number;
};

export type ProgressView = { stage: string; done: number; total: number; secondsLeft: number | null };

export class JobClock {
  #latest: Progress | undefined;
  #left = new TimeLeft();

  note(progress: Progress, atMs: number): void {
    if (progress.stage !== this.#latest?.stage) this.#left = new TimeLeft();
    this.#latest = progress;
    this.#left.note(progress.done, atMs);
  }

  latest(): Progress | undefined {
    return this.#latest;
  }

  secondsLeft(atMs: number): number | null {
    if (!this.#latest) return null;
    const { done, total } = this.#latest;
    const seconds = this.#left.seconds(done, total, atMs);
    return seconds === undefined ? null : Math.ceil(seconds);
  }
}

/** What is shown of a job: from its clock while it runs, else from what was written down. */
export function viewProgress(written: JobProgress | undefined, clock?: JobClock): ProgressView | null {
  const { stage, done = 0, total = 0 } = clock?.latest() ?? written ?? {};
  if (stage === undefined) return null;
  return { stage, done, total, secondsLeft: clock?.secondsLeft(performance.now()) ?? null };
}
