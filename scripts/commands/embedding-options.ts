/** Options of every command that embeds images: on what device, in how many sessions and threads. */
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { DEVICE_CHOICES, type DeviceChoice } from '../../retrieval/embed/device.ts';
import type { OpenModelOptions } from '../../retrieval/model/open-model.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';

export type EmbeddingOptions = { device: DeviceChoice; workers?: number; threads?: number };

const MOST = 256;

/** Adds `--device`, `--workers` and `--threads`. */
export function addEmbeddingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--device <name>',
        'where images are embedded; auto is the fastest that embeds as the model should, and any other is refused where it cannot be used',
      )
        .choices(DEVICE_CHOICES)
        .default('auto'),
    )
    .option(
      '--workers <count>',
      'sessions that embed side by side (default: measured once, then remembered)',
      wholeNumber('--workers', 1, MOST),
    )
    .option(
      '--threads <count>',
      'threads of each session (default: measured likewise)',
      wholeNumber('--threads', 1, MOST),
    );
}

/** The options for `openModel`; `say` is told what was measured and chosen. */
export function embeddingOf(
  { device, workers, threads }: EmbeddingOptions,
  say?: (sentence: string) => void,
): OpenModelOptions {
  return {
    device,
    ...(say && { say }),
    ...(workers !== undefined && { workers }),
    ...(threads !== undefined && { threadsPerWorker: threads }),
  };
}

/** The same for a command that embeds one image and has its answer to give: one session over all cores, in silence. */
export function embeddingOfOne({
  workers = 1,
  threads = availableParallelism(),
  ...options
}: EmbeddingOptions) {
  return embeddingOf({ ...options, workers, threads });
}
