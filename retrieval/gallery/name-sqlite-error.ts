/** Turns what SQLite reports into the project's own errors, with what to do about it. */
import { SinterError } from '../errors.ts';

/** A database held by another process is a `conflict`, an unreadable one a `bad-gallery`; any other error stays as it is. */
export function nameSqliteError(error: unknown, file: string, waitedMs: number): unknown {
  const code = String((error as { code?: unknown }).code ?? '');
  const cause = { cause: error };
  if (code.startsWith('SQLITE_BUSY')) {
    const message = `Another process is writing to ${file} and did not end within ${waitedMs / 1000} s. Try again when it has.`;
    return new SinterError('conflict', message, cause);
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    const message = `${file} is not a readable SQLite database (${(error as Error).message}). Restore it from a copy, or remove its folder and index again.`;
    return new SinterError('bad-gallery', message, cause);
  }
  return error;
}
