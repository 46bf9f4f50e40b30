/** Writes a manifest that `read-manifest` reads: a line `path,label` for each image, paths relative to the manifest's folder. */
import { rename, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';

export type ManifestEntry = { /** Absolute. */ path: string; label: string };

/** Writes them in the order given; a file that is there is replaced, all or nothing. */
export async function writeManifest(manifest: string, entries: readonly ManifestEntry[]): Promise<void> {
  const file = resolve(manifest);
  const lines = entries.map(({ path, label }) => `${cell(pathFrom(file, path))},${cell(label)}\n`);
  await writeFile(`${file}.part`, `path,label\n${lines.join('')}`);
  await rename(`${file}.part`, file);
}

function pathFrom(manifest: string, path: string): string {
  return relative(dirname(manifest), path).split(sep).join('/');
}

/** Quoted where it would read as something else: with commas, quotes, line ends, spaces at an end, or like a comment. */
function cell(text: string): string {
  return /[",\r\n]|^#|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
