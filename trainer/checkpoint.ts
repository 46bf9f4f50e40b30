/**
 * Where a run stands on disk: after every epoch its state is written, so that a run that was stopped, even by a power cut,
 * goes on with the same numbers. Files are replaced whole; whatever cannot be read counts as not there.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SinterError } from '../retrieval/errors.ts';
import type { EpochRecord } from './events.ts';
import type { Tensor } from './onnx/tensor.ts';
import { readTensorFile, writeTensorFile } from './onnx/tensor-file.ts';

export type Tensors = Record<string, Tensor>;

export type Checkpoint = {
  /** What happened in the epochs that are done, the start before the first. */
  history: EpochRecord[];
  /** Everything that goes from step to step. */
  state: Tensors;
};

const LATEST = 'checkpoint.safetensors';
const BEST = 'best.safetensors';

export class CheckpointStore {
  readonly folder: string;
  readonly #run: string;

  /** @param run whatever decides the run's numbers (recipe, network, data): a checkpoint of another run is not continued. */
  constructor(folder: string, run: unknown) {
    this.folder = folder;
    this.#run = createHash('sha256').update(JSON.stringify(run)).digest('hex');
  }

  /** The checkpoint of this run, if there is one. */
  async read(): Promise<Checkpoint | undefined> {
    const found = await this.#read(LATEST);
    return found && { history: JSON.parse(found.metadata.history) as EpochRecord[], state: found.tensors };
  }

  /** Replaces the checkpoint; on disk when it resolves. */
  write({ history, state }: Checkpoint): Promise<void> {
    return this.#write(LATEST, state, { history: JSON.stringify(history) });
  }

  /**
   * The model's values of the best epoch so far. They are written before the checkpoint that has the epoch, so after a
   * crash in between they may be one epoch ahead; that epoch is then run again with the same numbers.
   */
  async readBest(): Promise<Tensors | undefined> {
    return (await this.#read(BEST))?.tensors;
  }

  writeBest(values: Tensors): Promise<void> {
    return this.#write(BEST, values, {});
  }

  /** Removes both, once the run's model is exported. */
  async clear(): Promise<void> {
    for (const file of [LATEST, BEST]) await rm(join(this.folder, file), { force: true });
  }

  async #read(file: string): Promise<Awaited<ReturnType<typeof readTensorFile>> | undefined> {
    try {
      const found = await readTensorFile(join(this.folder, file));
      return found.metadata.run === this.#run ? found : undefined;
    } catch (error) {
      if (error instanceof SinterError) return undefined;
      throw error;
    }
  }

  async #write(file: string, tensors: Tensors, metadata: Record<string, string>): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeTensorFile(join(this.folder, file), { tensors, metadata: { ...metadata, run: this.#run } });
  }
}
