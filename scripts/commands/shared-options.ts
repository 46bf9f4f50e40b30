/** Options that several commands have, so that they mean the same everywhere. */
import { Option } from 'commander';
import { BENCHMARK_IDS, PROTOCOLS } from '../../retrieval/dataset/benchmarks/benchmark.ts';

export const jsonOption = () => new Option('--json', 'print one JSON object on standard output');

export const indexDataOption = () =>
  new Option('--index-data <folder>', 'folder that holds the galleries').default('index-data');

export const galleryOption = () =>
  new Option('--gallery <name>', 'name of the gallery').makeOptionMandatory();

export const modelOption = () =>
  new Option('--model <folder>', 'folder of the model (default: the one that the gallery was made with)');

/** Without a default of its own: only the folder of a benchmark has protocols to choose from. */
export const protocolOption = () =>
  new Option(
    '--protocol <name>',
    "split of a benchmark's folder: open tests on classes that are not trained on, closed on other images of the same classes (default: open)",
  ).choices(PROTOCOLS);

/** Which of them a folder is shows by its files; whoever names it is told where it is not. */
export const benchmarkOption = () =>
  new Option(
    '--benchmark <name>',
    'what DATA must be: CUB-200-2011, Cars196, Stanford Online Products or DeepFashion In-Shop, in its own layout (default: recognised by its files)',
  ).choices(BENCHMARK_IDS);

/** How a command's help ends. */
export function example(...lines: string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
