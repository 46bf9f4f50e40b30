/** Ctrl-C while something long runs: the first asks it to stop at the next safe point, the second ends the process at once. */
import { SinterError } from '../../retrieval/errors.ts';

/** npm passes Ctrl-C on to a script that the terminal has told already; what comes so soon is not a second one. */
const SAME_SIGNAL_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export type Interruptible = {
  /** Told what is going on once the user has asked to stop. */
  say: (sentence: string) => void;
  /** What is kept when the work stops early, and how to go on: a sentence or two. */
  ifStopped: string;
};

/** Runs `work` with a signal that Ctrl-C aborts. Throws `interrupted` with the advice where it then stopped before its end. */
export async function interruptible<T>(
  { say, ifStopped }: Interruptible,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopListening = onInterrupt(() => {
    say('Stopping at the next safe point. Ctrl-C again ends at once.');
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (!(error instanceof SinterError) || error.code !== 'interrupted') throw error;
    throw new SinterError('interrupted', `Stopped. ${ifStopped}`, { cause: error });
  } finally {
    stopListening();
  }
}

/** Calls `stop` on the first Ctrl-C or SIGTERM and ends the process on the second. Returns how to listen no more. */
export function onInterrupt(stop: () => void): () => void {
  let stoppedAt: number | undefined;
  const heed = (signal: NodeJS.Signals) => {
    if (stoppedAt !== undefined && performance.now() - stoppedAt < SAME_SIGNAL_MS) return;
    if (stoppedAt !== undefined) return endAtOnce(signal);
    stoppedAt = performance.now();
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, heed);
  return () => {
    for (const signal of SIGNALS) process.off(signal, heed);
  };
}

/** By the signal itself, as if it had never been waited for: threads in native code cannot be ended in order. */
function endAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
