/** Names that a user may have meant. */

/** At most five names that contain the wanted one or differ from it in a third of its letters at most, the nearest first. */
export function closest(wanted: string, names: readonly string[]): string[] {
  const distance = (name: string) => {
    const [long, short] = [name.toLowerCase(), wanted.toLowerCase()];
    return long.includes(short) || short.includes(long) ? 0 : editDistance(long, short);
  };
  return names
    .map((name) => ({ name, away: distance(name) }))
    .filter(({ away }) => away <= wanted.length / 3)
    .sort((a, b) => a.away - b.away)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** The fewest letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
