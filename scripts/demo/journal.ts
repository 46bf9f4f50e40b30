/** What the demo remembers between starts: how its model was trained, and what its audit found. One small file beside the model. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RecallReport } from '../../retrieval/metrics/recall.ts';

export type Journal = {
  /** Fingerprint of everything that the model is trained by and on. */
  training: string;
  audit?: { modelId: string; report: RecallReport };
};

/** The journal at `path`; undefined where there is none, or it was cut short. */
export async function readJournal(path: string): Promise<Journal | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces the journal, whole or not at all. */
export async function writeJournal(path: string, journal: Journal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify(journal, null, 2)}\n`);
  await rename(`${path}.part`, path);
}
