/** Looks at everything in a snapshot, or in a gallery that may be served meanwhile, and names every fault. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { type Fault, faultsOfDatabase, faultsOfImages, faultsOfSources } from '../check-gallery.ts';
import { DATABASE, expectGallery } from '../gallery.ts';
import { Store } from '../store.ts';
import { hashFile, MANIFEST, type ManifestFile, readManifest } from './manifest.ts';

export type Verified = { faults: Fault[]; items: number; files: number };

/** Throws `not-found` where there is no snapshot, `bad-gallery` where its manifest itself is damaged. */
export async function verifySnapshot(folder: string): Promise<Verified> {
  const { files, items } = await readManifest(folder);
  const faults = [...(await faultsOfFiles(folder, files)), ...(await unknownFiles(folder, files))];
  const isWhole = !faults.some(({ where }) => where === DATABASE);
  const inside = isWhole ? await faultsInside(folder, items) : [];
  return { faults: [...faults, ...inside], items, files: files.length };
}

/** The same for a gallery: its database, its own image files, and whether those of other folders are there. */
export async function verifyGallery(folder: string, name: string): Promise<Verified> {
  await expectGallery(folder, name);
  const store = new Store(resolve(folder, name, DATABASE));
  try {
    const faults = [...faultsOfDatabase(store), ...(await faultsOfImages(store)), ...faultsOfSources(store)];
    return { faults, items: store.items.count(), files: store.items.keptImages().length + 1 };
  } finally {
    store.close();
  }
}

async function faultsOfFiles(folder: string, files: ManifestFile[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { path, sizeBytes, sha256 } of files) {
    const file = join(folder, path);
    const what = !existsSync(file) ? 'is not there' : await damageOf(file, sizeBytes, sha256);
    if (what) faults.push({ where: path, what });
  }
  return faults;
}

async function damageOf(file: string, sizeBytes: number, sha256: string): Promise<string | undefined> {
  const { size } = await stat(file);
  if (size !== sizeBytes) return `has ${size} bytes instead of ${sizeBytes}`;
  return (await hashFile(file)) === sha256 ? undefined : 'has another content than when it was written';
}

async function unknownFiles(folder: string, files: ManifestFile[]): Promise<Fault[]> {
  const known = new Set([MANIFEST, ...files.map(({ path }) => path)]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(resolve(folder).length + 1));
  const unknown = paths.map((path) => path.split(sep).join('/')).filter((path) => !known.has(path));
  return unknown.map((path) => ({ where: path, what: 'is not of the snapshot' }));
}

async function faultsInside(folder: string, expectedItems: number): Promise<Fault[]> {
  const store = new Store(join(folder, DATABASE), { readOnly: true });
  try {
    const items = store.items.countOf(undefined);
    const count = { where: DATABASE, what: `holds ${items} items instead of ${expectedItems}` };
    return [
      ...(items === expectedItems ? [] : [count]),
      ...faultsOfDatabase(store),
      ...(await faultsOfImages(store)),
    ];
  } finally {
    store.close();
  }
}
