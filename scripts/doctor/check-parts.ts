/** Whether the parts with native code work: each does in small what it is there for. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { decoders } from '../../retrieval/image/decoders.ts';
import { encodePng } from '../../retrieval/image/encode-png.ts';
import { encodeWebp } from '../../retrieval/image/encode-webp.ts';
import type { Pixels } from '../../retrieval/image/pixels.ts';
import type { Check } from './check.ts';

const SIDE = 16;
const RULE = { fit: 'squash', resize: SIDE, crop: SIDE } as const;

export async function checkParts(): Promise<Check[]> {
  const index = await attempt('index (hnswlib)', tryIndex, adviceForHnswlib());
  const reinstall = 'Run `npm ci` on this machine: node_modules of another system do not work here.';
  return [
    await attempt('images (sharp)', tryImages, reinstall),
    index,
    await attempt('gallery (libsql)', tryGallery, reinstall),
    checkToolchain(index.state === 'ok'),
  ];
}

async function attempt(name: string, work: () => Promise<string>, advice: string): Promise<Check> {
  try {
    return { name, state: 'ok', found: await work() };
  } catch (error) {
    const found = (error as Error).message.split('\n')[0] as string;
    return { name, state: 'problem', found, advice };
  }
}

async function tryImages(): Promise<string> {
  const pixels: Pixels = { data: new Uint8Array(SIDE * SIDE * 3).fill(200), width: SIDE, height: SIDE };
  await decoders.decode(await encodeWebp(pixels), RULE);
  const { data } = await decoders.decode(await encodePng(pixels), RULE);
  if (!data.every((value) => value === 200)) throw new Error('a grey image came out in another grey');
  return decoders.most === 0
    ? 'encodes and decodes'
    : `encodes, and decodes in up to ${decoders.most} processes`;
}

async function tryIndex(): Promise<string> {
  const { openHnswIndex } = await import('../../retrieval/index/hnsw.ts');
  const index = await openHnswIndex({ dim: 2 });
  try {
    await index.add([1, 2] as never, Float32Array.of(1, 0, 0, 1));
    const [nearest] = await index.search(Float32Array.of(0.6, 0.8), 1);
    if (nearest?.slot !== 2) throw new Error('a search found another vector than the nearest');
    return 'adds and finds';
  } finally {
    await index.close();
  }
}

async function tryGallery(): Promise<string> {
  const { openGallery } = await import('../../retrieval/gallery/gallery.ts');
  const folder = await mkdtemp(join(tmpdir(), 'sinter-doctor-'));
  const model = { id: contentHash(Buffer.from('doctor')), dim: 2, folder };
  try {
    const gallery = await openGallery({ folder, name: 'doctor', model, create: true });
    const size = gallery.size();
    await gallery.close();
    if (size !== 0) throw new Error(`a new gallery has ${size} items`);
    return `creates and opens, in ${tmpdir()}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Only hnswlib is compiled where it is installed. */
function checkToolchain(isCompiled: boolean): Check {
  const missing = [['python3', 'python'], ['make'], ['g++', 'c++', 'clang++']]
    .filter((names) => !names.some(onPath))
    .map(([name]) => name);
  const headers = hasHeaders() ? "with Node's headers" : "Node's headers would be downloaded";
  const found = missing.length === 0 ? `complete, ${headers}` : `without ${missing.join(', ')}, ${headers}`;
  if (isCompiled || missing.length === 0) return { name: 'toolchain', state: 'ok', found };
  return { name: 'toolchain', state: 'problem', found, advice: 'On Debian: `apt install python3 make g++`.' };
}

function adviceForHnswlib(): string {
  const nodedir = hasHeaders() ? ` --nodedir="${prefixOfNode()}"` : '';
  return `Compile it again: \`npm rebuild hnswlib-node${nodedir}\`.`;
}

function onPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => ['', '.exe'].some((ending) => existsSync(join(folder, program + ending))));
}

function hasHeaders(): boolean {
  return existsSync(join(prefixOfNode(), 'include', 'node', 'node_api.h'));
}

function prefixOfNode(): string {
  return dirname(dirname(process.execPath));
}
