/** The frame around whatever takes long in a command: progress on stderr, and Ctrl-C. */
import type { LongWork } from '../../retrieval/progress.ts';
import { interruptible } from './interruptible.ts';
import { ProgressDisplay } from './progress-display.ts';

export type LongTask = {
  /** To be handed to long functions. */
  work: Required<LongWork>;
  /** Writes a sentence for the user to stderr, beside the progress. */
  say: (sentence: string) => void;
  /** The same for what the user should look into. */
  warn: (sentence: string) => void;
};

/** Runs a task that shows its progress and stops at Ctrl-C; `ifStopped` says what is then kept, and how to go on. */
export async function runLongTask<T>(ifStopped: string, task: (task: LongTask) => Promise<T>): Promise<T> {
  const display = new ProgressDisplay();
  const say = (sentence: string) => display.say(sentence);
  try {
    return await interruptible({ say, ifStopped }, (signal) =>
      task({
        work: { onProgress: (progress) => display.show(progress), signal },
        say,
        warn: (sentence) => say(`warning: ${sentence}`),
      }),
    );
  } finally {
    display.end();
  }
}
