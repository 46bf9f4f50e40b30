/**
 * Many image files → their vectors, several on the way at once: what indexing and auditing share.
 * Knows nothing of galleries and metrics.
 */
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import type { ImageEmbedder } from './model.ts';

/** A file with its vector, float32 [dim] of unit length; `wasKnown` where it was not embedded anew. */
export type EmbeddedFile<File> = {
  file: File;
  contentHash: string;
  sizeBytes: number;
  vector: Float32Array;
  wasKnown: boolean;
};

/** A file that was left out, and why, in a sentence. */
export type SkippedFile<File> = { file: File; skipped: string };

export type EmbedFilesOptions = LongWork & {
  /** The vector of content that was embedded before: such a file is neither decoded nor embedded again. */
  known?: (contentHash: string) => Float32Array | undefined;
  /** Most files read, decoded or embedded at a time; default twice as many as are embedded at once, at least 16. */
  inFlight?: number;
};

/**
 * Embeds files in their order, never holding more than `inFlight` of them. Files that cannot be read or decoded are
 * yielded with the reason; any other failure is thrown, as is `interrupted` once the signal is aborted.
 */
export async function* embedFiles<File extends { path: string }>(
  model: ImageEmbedder,
  files: readonly File[],
  { known = () => undefined, inFlight = enough(model), onProgress, signal }: EmbedFilesOptions = {},
): AsyncGenerator<EmbeddedFile<File> | SkippedFile<File>, void, undefined> {
  const left = new AbortController();
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  setMaxListeners(inFlight, stop);
  const started: Promise<EmbeddedFile<File> | SkippedFile<File>>[] = [];
  try {
    for (let done = 0; done < files.length; done++) {
      for (let next = done + started.length; started.length < inFlight && next < files.length; next++) {
        started.push(start(model, files[next] as File, known, stop));
      }
      const result = await (started.shift() as (typeof started)[number]);
      stopIfAborted(signal);
      yield result;
      // Reported when the next one is asked for: only then is this one dealt with.
      onProgress?.({ stage: 'embedding', done: done + 1, total: files.length });
    }
  } finally {
    // Whoever stops asking before the end should not keep the threads busy.
    left.abort();
  }
}

/**
 * Pixels that wait long are moved among the old objects, whose collection takes a tenth of the processor time of indexing
 * where 48 images are on their way for 8 that are embedded at once, next to nothing where 16 are.
 */
function enough({ atOnce }: ImageEmbedder): number {
  return Math.max(16, 2 * atOnce);
}

function start<File extends { path: string }>(
  model: ImageEmbedder,
  file: File,
  known: (contentHash: string) => Float32Array | undefined,
  signal: AbortSignal,
): Promise<EmbeddedFile<File> | SkippedFile<File>> {
  const result = embedFile(model, file, known, signal);
  // It is awaited in its turn; a rejection before that is not an unhandled one.
  result.catch(() => {});
  return result;
}

async function embedFile<File extends { path: string }>(
  model: ImageEmbedder,
  file: File,
  known: (contentHash: string) => Float32Array | undefined,
  signal: AbortSignal,
): Promise<EmbeddedFile<File> | SkippedFile<File>> {
  try {
    const bytes = await read(file.path);
    const hash = contentHash(bytes);
    const before = known(hash);
    const vector = before ?? (await model.embedImage(bytes, signal)).vector;
    return { file, contentHash: hash, sizeBytes: bytes.byteLength, vector, wasKnown: before !== undefined };
  } catch (error) {
    if (isFaultOfFile(error)) return { file, skipped: error.message };
    throw error;
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SinterError('bad-image', `The file cannot be read: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function isFaultOfFile(error: unknown): error is SinterError {
  return error instanceof SinterError && (error.code === 'bad-image' || error.code === 'not-an-image');
}
