/** Tables in plain text. */

export type Column = { title: string; align?: 'right' };

/** Lines of equal columns under their titles, two spaces apart; the last column is not padded. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => width(line[i] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((cell, i) => pad(cell, i))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');

  function pad(cell: string, i: number): string {
    const space = ' '.repeat((widths[i] as number) - width(cell));
    return columns[i]?.align === 'right' ? space + cell : cell + space;
  }
}

/** Counted in characters as people see them, near enough: not in UTF-16 units. */
function width(text: string): number {
  return [...text].length;
}
