/** How a command that failed says so: one sentence on stderr, and a code for the shell. */
import { SinterError } from '../../retrieval/errors.ts';

/** As shells have it for a program that was ended by Ctrl-C: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** An audit that was carried out, but of which a gate is not kept. */
export const EXIT_GATE_FAILED = 2;

/** Errors meant for the user and those of the system speak for themselves; any other is a bug, and says where with DEBUG=sinter. */
export function reportError(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (isExpected(error)) console.error(`error: ${message}`);
  else
    console.error(`error: ${message}\nThis is a bug. Set DEBUG=sinter to see where, and please report it.`);
  if (process.env.DEBUG?.split(',').includes('sinter')) console.error(stack);
}

export function exitCodeOf(error: unknown): number {
  return error instanceof SinterError && error.code === 'interrupted' ? EXIT_INTERRUPTED : 1;
}

/** Errors of the system, such as a full disk, name the call that failed. */
function isExpected(error: unknown): boolean {
  return error instanceof SinterError || (error as NodeJS.ErrnoException)?.syscall !== undefined;
}
