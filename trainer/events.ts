/** What happens in a run, as JSON lines that other tools can follow: one line an event, on disk as it happens. */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { FiguresByProtocol } from './validation/validation.ts';

/** One epoch, or with number 0 the state before the first. */
export type EpochRecord = {
  epoch: number;
  /** Mean over its steps; absent at the start. */
  loss?: number;
  /** α = 1/temperature and the learning rate at its last step. */
  alpha: number;
  learningRate: number;
  /** Mean l2 norm of the gradient over its steps, where gradients are clipped. */
  gradientNorm?: number;
  /** Of held-out images. */
  validation: FiguresByProtocol;
  seconds: number;
};

export type RunEvent =
  | { event: 'start'; [setting: string]: unknown }
  | ({ event: 'epoch' } & EpochRecord)
  | { event: 'end'; [figure: string]: unknown };

export class EventLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async append(event: RunEvent): Promise<void> {
    const file = await open(this.path, 'a');
    try {
      await file.appendFile(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async begin(start: RunEvent): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(this.path, '');
    await this.append(start);
  }

  /** Drops what was written about epochs after the last one of the checkpoint, which will be run again. */
  async resume(lastEpoch: number): Promise<void> {
    const kept: string[] = [];
    try {
      for await (const line of createInterface({ input: createReadStream(this.path) })) {
        const event = parse(line);
        if (event && !('epoch' in event && Number(event.epoch) > lastEpoch) && event.event !== 'end')
          kept.push(`${line}\n`);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(dirname(this.path), { recursive: true });
    }
    const draft = `${this.path}.new`;
    await writeFile(draft, kept.join(''));
    await rename(draft, this.path);
  }
}

/** A line that was cut short by a crash is none. */
function parse(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}
