/** The one place that writes to stdout: what a command found out, for people or for programs. */

/** Prints `answer` as one JSON object where `json` is set, else the text that `describe` makes of it. */
export function printAnswer<Answer>(
  json: boolean | undefined,
  answer: Answer,
  describe: (answer: Answer) => string,
): void {
  process.stdout.write(`${json ? JSON.stringify(answer) : describe(answer)}\n`);
}

/** 0.6174 as `0.617`. */
export function share(value: number): string {
  return value.toFixed(3);
}
