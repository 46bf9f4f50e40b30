/** The bench `memory`: how much memory training ResNet-50 takes at its highest, each time in a process of its own, beside PyTorch. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LongWork } from '../../retrieval/progress.ts';
import type { OptimizerName } from '../../trainer/optimize/optimizers.ts';
import type { Finding } from './finding.ts';
import type { PeakOfTraining, TrainingRun } from './peak-of-training.ts';
import { startPeer } from './peer.ts';

export type MemoryBench = {
  batchSize: number;
  /** Steps of each process: one, then as many in one go as training ever takes, twice. */
  steps: number;
  threads: number;
  optimizer: OptimizerName;
  /** Batches an update averages. */
  accumulate: number;
  seed: number;
};

export const MEMORY_DEFAULTS: MemoryBench = {
  batchSize: 16,
  steps: 17,
  threads: 2,
  optimizer: 'sgd',
  accumulate: 1,
  seed: 1,
};

/** Sides of the square images in pixels. */
const SIZES = [128, 224];
const MOST_MEGABYTES = 4000;
const STATUS = '/proc/self/status';

export async function memoryBench(
  options: MemoryBench,
  { onProgress, signal }: LongWork = {},
): Promise<Finding> {
  const found: Found[] = [];
  for (const [done, size] of SIZES.entries()) {
    onProgress?.({ stage: 'training', done, total: SIZES.length, note: `images of ${size} pixels` });
    found.push({
      size,
      ours: await ourPeak({ ...options, size }, signal),
      theirs: await theirPeak({ ...options, size }),
    });
  }
  return findingOf(options, found);
}

type Theirs = { name: string; peakMb: number } | { absent: string };
type Found = { size: number; ours: PeakOfTraining; theirs: Theirs };

async function ourPeak(run: TrainingRun, signal: AbortSignal | undefined): Promise<PeakOfTraining> {
  if (!existsSync(STATUS))
    throw new Error(`The peak of a process is read from ${STATUS}, which only Linux has.`);
  const script = fileURLToPath(new URL('./peak-of-training.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('tsx'), script, JSON.stringify(run)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
  return JSON.parse(stdout);
}

async function theirPeak({ size, batchSize, steps, threads }: TrainingRun): Promise<Theirs> {
  const peer = await startPeer('torch_memory.py');
  if ('absent' in peer) return peer;
  try {
    const { peakMb } = await peer.ask<{ peakMb: number }>({ do: 'train', size, batchSize, steps, threads });
    return { name: peer.name, peakMb };
  } finally {
    peer.close();
  }
}

function findingOf(
  { batchSize, steps, threads, optimizer, accumulate }: MemoryBench,
  found: Found[],
): Finding {
  const { ours, theirs } = found.at(-1) as Found;
  const figures = found.flatMap(({ size, ours, theirs }) => [
    ...Object.entries(ours.stages).map(([stage, mb]) => [`${size}²: MB until ${stage}`, mb] as const),
    [`${size}²: MB, peer`, 'absent' in theirs ? 'not measured' : theirs.peakMb] as const,
  ]);
  return {
    bench: 'memory',
    peer: 'absent' in theirs ? 'PyTorch' : `${theirs.name}, SGD with momentum`,
    ...('absent' in theirs && { skipped: theirs.absent }),
    ratio: 'absent' in theirs ? null : ours.peakMb / theirs.peakMb,
    claims: found.map(({ size, ours }) => ({
      what: `peak of training at ${size}², MB`,
      value: ours.peakMb,
      atMost: MOST_MEGABYTES,
    })),
    figures: {
      ...Object.fromEntries(figures),
      parameters: ours.parameters,
      'batch size': batchSize,
      optimizer,
      'batches an update': accumulate,
      steps,
      threads,
    },
  };
}
