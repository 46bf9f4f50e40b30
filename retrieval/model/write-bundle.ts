/** Writes a bundle, whole or not at all. Where graph and card come from is the trainer's matter. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EmbedderOptions } from '../embed/embedder.ts';
import { openEmbedder } from '../embed/open-embedder.ts';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import { BUNDLE_VERSION, CARD_FILE, GRAPH_FILE, type ModelCard } from './bundle-format.ts';
import { type GoldenPair, makeGoldenPair } from './golden.ts';
import { checkCard } from './read-card.ts';

export type NewBundle = {
  /** The ONNX graph, `pixels` uint8 [N, crop, crop, 3] → float32 [N, dim] of unit length: its bytes, or the path of its file. */
  graph: Uint8Array | string;
  card: Omit<ModelCard, 'formatVersion' | 'graphSha256' | 'golden'>;
  /** One image or a few, in any format that is read; small copies of them are stored with their embeddings. */
  goldenImages: readonly Uint8Array[];
  /** Files to lie beside graph and card, by name: the paths that they are copied from. */
  enclosures?: Readonly<Record<string, string>>;
  /** Called with the folder of the complete draft, which can be opened as a model; when it throws, the draft is dropped. */
  check?: (draft: string) => Promise<void>;
};

/**
 * Writes the bundle into `folder`, replacing an older bundle there, and returns its card. The golden embeddings are
 * computed by the new bundle's own graph, so a graph that does not run never gets there.
 * Throws `bad-model` for such a graph and `conflict` where the folder holds something else than a bundle.
 */
export async function writeBundle(
  folder: string,
  bundle: NewBundle,
  options?: EmbedderOptions,
): Promise<ModelCard> {
  const target = resolve(folder);
  await requireBundleOrNothing(target);
  const draft = sibling(target, 'new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const card = await fill(draft, bundle, options);
    for (const [name, path] of Object.entries(bundle.enclosures ?? {}))
      await writeDurably(join(draft, name), await readFile(path));
    await bundle.check?.(draft);
    await putInPlace(draft, target);
    return card;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fill(draft: string, bundle: NewBundle, options?: EmbedderOptions): Promise<ModelCard> {
  const graph = typeof bundle.graph === 'string' ? await readFile(bundle.graph) : bundle.graph;
  await writeDurably(join(draft, GRAPH_FILE), graph);
  const golden = await goldenPairs(join(draft, GRAPH_FILE), bundle, options);
  const card = { formatVersion: BUNDLE_VERSION, ...bundle.card, graphSha256: contentHash(graph), golden };
  const checked = checkCard(card, join(draft, CARD_FILE));
  await writeDurably(join(draft, CARD_FILE), `${JSON.stringify(checked, null, 2)}\n`);
  await syncFolder(draft);
  return checked;
}

async function goldenPairs(
  path: string,
  { card, goldenImages }: NewBundle,
  options?: EmbedderOptions,
): Promise<GoldenPair[]> {
  const graph = { path, size: card.input.crop, dim: card.dim };
  const embedder = await openEmbedder(graph, { workers: 1, ...options });
  try {
    return await Promise.all(goldenImages.map((image) => makeGoldenPair(image, card.input, embedder)));
  } finally {
    await embedder.close();
  }
}

/** A folder cannot be renamed over one that is not empty, so an older bundle steps aside first. */
async function putInPlace(draft: string, target: string): Promise<void> {
  const old = sibling(target, 'old');
  await rm(old, { recursive: true, force: true });
  const replaced = await rename(target, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(draft, target);
  } catch (error) {
    if (replaced) await rename(old, target);
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(old, { recursive: true, force: true });
}

/** Throws `conflict` where `target` holds something that is not a bundle, which `writeBundle` would not replace. */
export async function requireBundleOrNothing(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error.code === 'ENOTDIR'
      ? new SinterError('conflict', `Expected a folder; ${target} is a file.`)
      : error;
  });
  if (entries.length === 0 || entries.includes(CARD_FILE)) return;
  throw new SinterError(
    'conflict',
    `Expected an empty folder or a model bundle to replace; ${target} holds something else. Choose another folder.`,
  );
}

/** On the same disk, hidden, and with the process's number, so that two writers do not share one. */
function sibling(target: string, role: 'new' | 'old'): string {
  return join(dirname(target), `.${basename(target)}.${role}-${process.pid}`);
}

async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
