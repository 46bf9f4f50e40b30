/**
 * Shows on stderr how far long work is and when it will be done: a bar in a terminal, elsewhere a line every few seconds.
 * Knows nothing of the work.
 */
import { type Options, type Params, SingleBar } from 'cli-progress';
import type { Progress } from '../../retrieval/progress.ts';
import { durationText, TimeLeft } from '../../retrieval/time-left.ts';

const FRAMES_PER_SECOND = 5;
/** Narrow enough for the title, the time left and the note of a training to stand beside it in 80 columns. */
const BAR_WIDTH = 12;
const LINE_EVERY_MS = 5000;

export type DisplayStream = NodeJS.WritableStream & { isTTY?: boolean };

export class ProgressDisplay {
  readonly #stream: DisplayStream;
  #bar: SingleBar | undefined;
  #left = new TimeLeft();
  #last: Progress | undefined;
  #lineAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: DisplayStream = process.stderr) {
    this.#stream = stream;
  }

  /** Shows the progress; another stage, or a stage that begins anew, has a bar of its own. */
  show(progress: Progress): void {
    const { stage, done, total } = progress;
    const before = this.#last;
    if (before?.stage !== stage || done < before.done) {
      this.end();
      this.#left = new TimeLeft();
    } else if (before.done === total && done === total) return;
    this.#last = progress;
    this.#left.note(done, performance.now());
    if (this.#stream.isTTY) this.#drawBar(progress);
    else this.#writeLine(progress);
  }

  /** Writes a sentence on a line of its own; progress goes on below it. */
  say(sentence: string): void {
    this.end();
    this.#stream.write(`${sentence}\n`);
  }

  /** Leaves the bar where it is. */
  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #drawBar(progress: Progress): void {
    const { done, total, note } = progress;
    const text = this.#describe(progress, note || `${done} of ${total}`);
    const payload = { stage: titleOf(progress), text };
    if (this.#bar) {
      this.#bar.update(done, payload);
      return;
    }
    // The terminal is left as it is: a process that is killed could not put it right again.
    const options = { format, stream: this.#stream, fps: FRAMES_PER_SECOND, linewrap: true };
    this.#bar = new SingleBar(options);
    this.#bar.start(total, done, payload);
  }

  /** The end of a stage is always told; else lines come at most every few seconds. */
  #writeLine(progress: Progress): void {
    const now = performance.now();
    if (progress.done < progress.total && now - this.#lineAtMs < LINE_EVERY_MS) return;
    this.#lineAtMs = now;
    const { done, total, note } = progress;
    const text = this.#describe(progress, `${done} of ${total}`, note);
    this.#stream.write(`${titleOf(progress)} ${text}\n`);
  }

  /** How far, how long yet, and more. */
  #describe({ done, total }: Progress, ...more: (string | undefined)[]): string {
    const percent = `${total > 0 ? Math.floor((100 * done) / total) : 100}%`.padStart(4);
    const seconds = done < total ? this.#left.seconds(done, total, performance.now()) : undefined;
    const left = seconds === undefined ? '' : `${durationText(seconds)} left`;
    return [percent, left, ...more].filter(Boolean).join(', ');
  }
}

type Payload = { stage: string; text: string };

/** One line, however narrow the terminal is. */
function format(_options: Options, params: Params, { stage, text }: Payload): string {
  const filled = Math.round(params.progress * BAR_WIDTH);
  const line = `${stage.padEnd(10)} ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${text}`;
  return line.slice(0, Math.max((params.maxWidth ?? 80) - 1, 0));
}

function titleOf({ stage }: Progress): string {
  return stage.charAt(0).toUpperCase() + stage.slice(1);
}
