/** Reads the lists that benchmarks come with: text files with a few fields a line, separated by white space. */
import { readFile } from 'node:fs/promises';
import { SinterError } from '../../errors.ts';

/**
 * The lines of a file as records of the given fields.
 * @param skip lines before the first record, such as a header.
 * Throws `bad-data` naming the line that has another number of fields; a file that is not there throws Node's own error.
 */
export async function readTextTable<Field extends string>(
  path: string,
  fields: readonly Field[],
  skip = 0,
): Promise<Record<Field, string>[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim());
  return lines.flatMap((line, i) => {
    if (i < skip || line === '') return [];
    const cells = line.split(/\s+/);
    if (cells.length !== fields.length) throw wrongLine(path, i + 1, fields, line);
    return [
      Object.fromEntries(fields.map((field, column) => [field, cells[column]])) as Record<Field, string>,
    ];
  });
}

function wrongLine(path: string, number: number, fields: readonly string[], line: string): SinterError {
  const expected = fields.join(' ');
  return new SinterError(
    'bad-data',
    `Expected \`${expected}\` on line ${number} of ${path}; got \`${line}\`.`,
  );
}
