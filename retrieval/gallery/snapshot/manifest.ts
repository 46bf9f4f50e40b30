/** The manifest of a snapshot: what must be in its folder, with checksums, its own included. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SinterError } from '../../errors.ts';

export const MANIFEST = 'manifest.json';
const FORMAT = 'sinter-snapshot';
const VERSION = 1;
/** A snapshot comes from anywhere, and restoring it must write nowhere else than into its gallery. */
const PATH = /^(gallery\.db|images\/[0-9a-f]{64}\.[a-z0-9-]+)$/;

const fields = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  gallery: z.string(),
  /** ISO 8601, UTC. */
  takenAt: z.string(),
  model: z.object({ id: z.string(), name: z.string(), dim: z.int() }),
  items: z.int(),
  files: z.array(z.object({ path: z.string().regex(PATH), sizeBytes: z.int(), sha256: z.string() })),
});

export type Manifest = z.infer<typeof fields>;
export type ManifestFile = Manifest['files'][number];

export function newManifest(about: Omit<Manifest, 'format' | 'version'>): Manifest {
  return { format: FORMAT, version: VERSION, ...about };
}

/** The manifest's text: its fields, and a checksum over them. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, sha256: checksum(manifest) }, null, 2)}\n`;
}

/** Reads the manifest of the snapshot in `folder`. Throws `not-found` where there is none, `bad-gallery` where it is damaged. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => {
    const message = `There is no snapshot in ${folder}: it has no ${MANIFEST}. Take one with \`sinter snapshot\`.`;
    throw new SinterError('not-found', message);
  });
  const { sha256, ...rest } = parse(text);
  const { data, error } = fields.safeParse(rest);
  if (data && checksum(data) === sha256) return data;
  const why = error ? `it does not hold what it must (${z.prettifyError(error)})` : 'its checksum is wrong';
  throw new SinterError('bad-gallery', `The ${MANIFEST} of the snapshot in ${folder} is damaged: ${why}.`);
}

/** The sha256 of a file, hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

function parse(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function checksum(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}
