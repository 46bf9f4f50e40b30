/** `sinter doctor`: what works on this machine, what does not, and what to do about it. */
import { Command } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Check, Examination } from '../doctor/check.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, indexDataOption, jsonOption } from './shared-options.ts';

type DoctorOptions = { model?: string; indexData: string; json?: true };

const DESCRIPTION = `Examine this machine: versions, processor, memory, disk, the parts with native code, and on which devices images can be embedded.

Every device embeds the golden images of --model, or of a small network made for this, in a process of its own: a driver that crashes is a finding. The exit code is 1 where something that Sinter needs does not work.`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('explain what works on this machine')
    .description(DESCRIPTION)
    .option('--model <folder>', 'folder of the model to try the devices with')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText('after', example('sinter doctor', 'sinter doctor --model models/shop --json'))
    .action(async (options: DoctorOptions) => {
      const { describeExamination, isHealthy } = await import('../doctor/check.ts');
      const examination = await examine(options);
      const answer = { healthy: isHealthy(examination), examination };
      printAnswer(options.json, answer, () => describeExamination(examination));
      if (!answer.healthy) process.exitCode = 1;
    });
}

async function examine({ model, indexData }: DoctorOptions): Promise<Examination> {
  const { checkVersions } = await import('../doctor/check-versions.ts');
  const hardware = await import('../doctor/check-hardware.ts');
  // Loaded where it is tried: sharp, which both need, throws as it is loaded where it does not work.
  const parts = async () => (await import('../doctor/check-parts.ts')).checkParts();
  const devices = async () => (await import('../doctor/check-devices.ts')).checkDevices(model);
  return [
    { group: 'versions', checks: checkVersions() },
    { group: 'processor', checks: hardware.checkProcessor() },
    { group: 'memory', checks: hardware.checkMemory() },
    { group: 'disk', checks: await hardware.checkFolders(['models', indexData]) },
    { group: 'parts', checks: await parts().catch(didNotLoad) },
    { group: 'devices', checks: await devices().catch(didNotLoad) },
  ];
}

/** Errors that are meant for the user, such as a model that is not there, are not findings. */
function didNotLoad(error: Error): Check[] {
  if (error instanceof SinterError) throw error;
  const found = error.message.split('\n')[0] as string;
  return [{ name: 'native code', state: 'problem', found, advice: 'Run `npm ci` on this machine.' }];
}
