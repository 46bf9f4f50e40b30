/** Estimates when work will be done from how fast it went lately. Knows no clock: it is told the time. */

/** A step in the work: how much was done at a time in milliseconds. */
type Sample = { done: number; atMs: number };

const WINDOW_MS = 30_000;
/** Fewer steps than this a second are kept, so that work in thousands of steps costs nothing here. */
const SPACING_MS = 200;

export class TimeLeft {
  #samples: Sample[] = [];

  /** Notes how much is done; `done` may begin above 0 but never falls. */
  note(done: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last && atMs - last.atMs < SPACING_MS) return;
    this.#samples.push({ done, atMs });
    while (this.#samples.length > 2 && atMs - (this.#samples[0] as Sample).atMs > WINDOW_MS)
      this.#samples.shift();
  }

  /** Seconds until `total` is done at the pace of the last half minute; undefined while there is none to tell. */
  seconds(done: number, total: number, atMs: number): number | undefined {
    const first = this.#samples[0];
    if (!first || done <= first.done) return undefined;
    return ((total - done) * (atMs - first.atMs)) / (done - first.done) / 1000;
  }
}

/** 75 as `1 min 15 s`, 7,300 as `2 h 2 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
