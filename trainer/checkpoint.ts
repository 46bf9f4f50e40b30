/** Where a run stands on disk: after every epoch its state is written, so that a run that was stopped goes on with the same numbers. */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SinterError } from '../retrieval/errors.ts';
import type { Tensor } from './onnx/tensor.ts';
import { readTensorFile, writeTensorFile } from './onnx/tensor-file.ts';

export type Checkpoint = {
  /** Epochs that are done. */
  epoch: number;
  /** Mean loss of each of them. */
  losses: number[];
  /** Everything that goes from step to step. */
  state: Record<string, Tensor>;
};

const FILE = 'checkpoint.safetensors';

export class CheckpointStore {
  readonly #folder: string;
  readonly #run: string;

  /** @param run whatever decides the run's numbers (recipe, network, data): a checkpoint of another run is not continued. */
  constructor(folder: string, run: unknown) {
    this.#folder = folder;
    this.#run = createHash('sha256').update(JSON.stringify(run)).digest('hex');
  }

  /** The checkpoint of this run, if there is one; damaged ones and those of other runs count as none. */
  async read(): Promise<Checkpoint | undefined> {
    try {
      const { tensors, metadata } = await readTensorFile(join(this.#folder, FILE));
      if (metadata.run !== this.#run) return undefined;
      return {
        epoch: Number(metadata.epoch),
        losses: JSON.parse(metadata.losses) as number[],
        state: tensors,
      };
    } catch (error) {
      if (error instanceof SinterError) return undefined;
      throw error;
    }
  }

  /** Replaces the checkpoint; on disk when it resolves. */
  async write({ epoch, losses, state }: Checkpoint): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const metadata = { run: this.#run, epoch: String(epoch), losses: JSON.stringify(losses) };
    await writeTensorFile(join(this.#folder, FILE), { tensors: state, metadata });
  }

  /** Removes it, once the run's model is exported. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
