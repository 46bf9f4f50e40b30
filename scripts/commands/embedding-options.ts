/** Options of every command that embeds images: on what device, in how many sessions and threads, and what images may be. */
import { type Command, Option } from 'commander';
import { DEVICE_CHOICES, type DeviceChoice } from '../../retrieval/embed/device.ts';
import type { OpenModelOptions } from '../../retrieval/model/open-model.ts';
import { usableCores } from '../../retrieval/threads/usable-cores.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';

export type EmbeddingOptions = {
  device: DeviceChoice;
  workers?: number;
  threads?: number;
  maxPixels: number;
  enableSvg?: boolean;
};

const MOST = 256;
const MILLION = 1_000_000;

/** Adds `--device`, `--workers`, `--threads`, `--max-pixels` and `--enable-svg`. */
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
    )
    .option(
      '--max-pixels <millions>',
      'most pixels that an image may have',
      wholeNumber('--max-pixels', 1, 1000),
      100,
    )
    .option(
      '--enable-svg',
      'read SVG too: a drawing that tells the machine what to do, for files that you trust',
    );
}

/** The options for `openModel`; `say` is told what was measured and chosen. */
export function embeddingOf(
  { device, workers, threads, maxPixels, enableSvg: allowSvg = false }: EmbeddingOptions,
  say?: (sentence: string) => void,
): OpenModelOptions {
  return {
    device,
    limits: { maxPixels: maxPixels * MILLION, allowSvg },
    ...(say && { say }),
    ...(workers !== undefined && { workers }),
    ...(threads !== undefined && { threadsPerWorker: threads }),
  };
}

/** The same for a command that embeds one image and has its answer to give: one session over all cores, in silence. */
export function embeddingOfOne({ workers = 1, threads = usableCores, ...options }: EmbeddingOptions) {
  return embeddingOf({ ...options, workers, threads });
}
