/** Images that were left out, for people: the first of them with their reasons. */
const MOST = 20;

export function warnOfSkipped(
  skipped: readonly { path: string; reason: string }[],
  warn: (sentence: string) => void,
): void {
  for (const { path, reason } of skipped.slice(0, MOST)) warn(`${path} is left out: ${reason}`);
  if (skipped.length > MOST) warn(`${skipped.length - MOST} more are left out; --json lists them all.`);
}
