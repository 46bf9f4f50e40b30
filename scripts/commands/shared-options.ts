/** Options that several commands have, so that they mean the same everywhere. */
import { Option } from 'commander';

export const jsonOption = () => new Option('--json', 'print one JSON object on standard output');

export const indexDataOption = () =>
  new Option('--index-data <folder>', 'folder that holds the galleries').default('index-data');

export const galleryOption = () =>
  new Option('--gallery <name>', 'name of the gallery').makeOptionMandatory();

export const modelOption = () =>
  new Option('--model <folder>', 'folder of the model (default: the one that the gallery was made with)');

/** How a command's help ends. */
export function example(...lines: string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
