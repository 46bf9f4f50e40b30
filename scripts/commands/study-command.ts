/** `sinter study`: a grid of trainings, each tested once, as a table with intervals. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { readStudy } from '../study/grid.ts';
import { asMarkdown, summarise } from '../study/table.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, jsonOption } from './shared-options.ts';

const DESCRIPTION = `Train and test every combination of a grid, and write a table.

STUDY is a JSON file: data to train on, images to test on, and lists of variants, α, dimensions and seeds; every other option of \`sinter train\` can be set for all runs or for single variants. With a heated-up variant its control always runs too: the learning rate cut, α unchanged. Results go to results.jsonl and table.md in the output folder.`;

const IF_STOPPED = 'Finished runs are kept; the same command goes on with the run that was stopped.';

export function studyCommand(): Command {
  return new Command('study')
    .summary('compare ways to train on a grid')
    .description(DESCRIPTION)
    .argument('<study>', 'the JSON file')
    .requiredOption('--out <folder>', 'folder of results, models and caches')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('sinter study studies/grocery-closed.json --out studies/out/grocery-closed'),
    )
    .action(async (path: string, { out, json }: { out: string; json?: true }) => {
      const study = await readStudy(path);
      const results = await runLongTask(IF_STOPPED, async ({ work, say }) => {
        const { runStudy } = await import('../study/run-study.ts');
        return runStudy(study, out, { ...work, say });
      });
      const table = asMarkdown(summarise(results));
      await writeFile(join(out, 'table.md'), `# ${study.name}\n\n${table}\n`);
      printAnswer(json, { study: study.name, results }, (): string => table);
    });
}
