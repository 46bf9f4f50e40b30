/**
 * The two files of a saved HNSW graph: `x.bin` as hnswlib writes and reads it, and `x.head`, which says what it must be.
 * Two files, because hnswlib reads only from a path and refuses bytes before or after its own: one framed file would have to
 * be copied at every start. The head goes last and carries checksums of both, so that whatever a crash leaves
 * (an old head beside a new graph, half a file) is seen and rebuilt, never searched.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { HnswSettings } from './hnsw-settings.ts';
import type { Slot } from './vector-index.ts';

const MAGIC = 'sinter-hnsw';
const VERSION = 1;

/** What a saved graph must agree with before it is used. */
export type GraphIdentity = { modelId: string; dim: number; settings: HnswSettings };

const headFields = z.object({
  modelId: z.string(),
  dim: z.int(),
  m: z.int(),
  efConstruction: z.int(),
  /** Slots that can be found. */
  count: z.int(),
  graphBytes: z.int(),
  graphSha256: z.string(),
  nodes: z.array(z.array(z.int().positive())),
});
type Head = z.infer<typeof headFields>;

/**
 * Writes the graph (by `writeGraph`, to a temporary path) and its head, with the slots of each node, beside `path`, each fsynced and then renamed.
 * Throws what the file system throws; the files there before are then still whole.
 */
export async function saveGraph(
  path: string,
  { modelId, dim, settings }: GraphIdentity,
  nodes: Slot[][],
  writeGraph: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await writeGraph(temporary);
  await flush(temporary);
  const graph = { graphBytes: (await stat(temporary)).size, graphSha256: await hashFile(temporary) };
  const { m, efConstruction } = settings;
  const count = nodes.reduce((sum, slots) => sum + slots.length, 0);
  const headTemporary = `${headPath(path)}.tmp-${process.pid}`;
  await writeFile(headTemporary, frame({ modelId, dim, m, efConstruction, count, ...graph, nodes } as Head));
  await flush(headTemporary);
  await rename(temporary, path);
  await rename(headTemporary, headPath(path));
  await flush(dirname(path));
  await removeLeftovers(path);
}

/** Removes the graph saved at `path`, if there is one. */
export async function removeSavedGraph(path: string): Promise<void> {
  await rm(headPath(path), { force: true });
  await rm(path, { force: true });
}

/** The nodes of the graph saved at `path`, or in one sentence why it cannot be used. */
export async function checkSavedGraph(
  path: string,
  expected: GraphIdentity,
): Promise<{ nodes: Slot[][] } | { problem: string }> {
  try {
    const head = parseHead(await readFile(headPath(path), 'utf8'));
    if (typeof head === 'string') return { problem: head };
    const problem = mismatch(head, expected) ?? (await damage(path, head));
    return problem === undefined ? { nodes: head.nodes as Slot[][] } : { problem };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { problem: 'it is missing' };
    return { problem: `it cannot be read (${(error as Error).message})` };
  }
}

/** The head's text: a line with magic, version and the checksum of all that follows, then JSON. */
function frame(head: Head): string {
  const body = JSON.stringify(head);
  return `${MAGIC} ${VERSION} ${sha256(body)}\n${body}`;
}

function parseHead(text: string): Head | string {
  const lineEnd = text.indexOf('\n');
  const [magic, version, checksum] = text.slice(0, Math.max(0, lineEnd)).split(' ');
  if (magic !== MAGIC) return 'its head is damaged';
  if (version !== String(VERSION))
    return `it is of version ${version}, and this program reads version ${VERSION}`;
  const body = text.slice(lineEnd + 1);
  if (sha256(body) !== checksum) return 'its head is damaged';
  return headFields.parse(JSON.parse(body));
}

function mismatch(head: Head, { modelId, dim, settings }: GraphIdentity): string | undefined {
  if (head.modelId !== modelId || head.dim !== dim)
    return `it is of another model, ${head.modelId.slice(0, 16)}`;
  const isOfSettings = head.m === settings.m && head.efConstruction === settings.efConstruction;
  return isOfSettings ? undefined : `it was built with m ${head.m}, efConstruction ${head.efConstruction}`;
}

async function damage(path: string, head: Head): Promise<string | undefined> {
  const { size } = await stat(path);
  if (size !== head.graphBytes) return `it has ${size} bytes instead of ${head.graphBytes}`;
  return (await hashFile(path)) === head.graphSha256 ? undefined : 'its checksum is wrong';
}

function headPath(path: string): string {
  return path.replace(/\.bin$/, '.head');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes temporary files that writers left which were killed on the way. */
async function removeLeftovers(path: string): Promise<void> {
  const stem = basename(path, '.bin');
  const names = await readdir(dirname(path));
  const left = names.filter((name) => name.startsWith(`${stem}.`) && /\.tmp-\d+$/.test(name));
  await Promise.all(left.map((name) => rm(join(dirname(path), name), { force: true })));
}
