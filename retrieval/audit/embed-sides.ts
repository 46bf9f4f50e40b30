/** The images of an audit as a model embeds them, in the way that indexing does. Knows nothing of what is measured. */
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { SinterError } from '../errors.ts';
import type { LabelledVectors } from '../metrics/query-figures.ts';
import { embedFiles } from '../model/embed-files.ts';
import type { ImageEmbedder } from '../model/model.ts';
import type { LongWork } from '../progress.ts';

/** `open`: all images against each other; `closed`: queries searched among references. */
export type AuditedImages =
  | { images: readonly LabelledImage[] }
  | { queries: readonly LabelledImage[]; references: readonly LabelledImage[] };

/** Images in the order of the rows of `vectors`, float32 [n, dim] of unit length. */
export type EmbeddedSide = { images: LabelledImage[]; vectors: Float32Array };

/** Without `references` the queries are searched among each other. */
export type EmbeddedSides = {
  dim: number;
  queries: EmbeddedSide;
  references?: EmbeddedSide;
  /** Images that could not be decoded, and why; they count neither as queries nor as references. */
  skipped: { path: string; reason: string }[];
};

/** Embeds all images of the audit. Throws `bad-data` where no query or no reference can be decoded, and `interrupted`. */
export async function embedSides(
  model: ImageEmbedder,
  dim: number,
  set: AuditedImages,
  work: LongWork = {},
): Promise<EmbeddedSides> {
  const skipped: EmbeddedSides['skipped'] = [];
  const embed = (images: readonly LabelledImage[]) => embedSide(model, dim, images, skipped, work);
  if ('images' in set) return { dim, queries: await embed(set.images), skipped };
  const queries = await embed(set.queries);
  return { dim, queries, references: await embed(set.references), skipped };
}

/** What the metrics are computed from. */
export function labelledVectors({ dim, queries, references }: EmbeddedSides): LabelledVectors {
  return {
    dim,
    queries: queries.vectors,
    queryLabels: labelsOf(queries),
    ...(references && { references: references.vectors, referenceLabels: labelsOf(references) }),
  };
}

export function labelsOf({ images }: EmbeddedSide): string[] {
  return images.map(({ label }) => label);
}

async function embedSide(
  model: ImageEmbedder,
  dim: number,
  images: readonly LabelledImage[],
  skipped: EmbeddedSides['skipped'],
  work: LongWork,
): Promise<EmbeddedSide> {
  const vectors = new Float32Array(images.length * dim);
  const embedded: LabelledImage[] = [];
  for await (const result of embedFiles(model, images, work)) {
    if ('skipped' in result) skipped.push({ path: result.file.path, reason: result.skipped });
    else vectors.set(result.vector, embedded.push(result.file) * dim - dim);
  }
  if (embedded.length === 0) throw nothingToAudit(skipped);
  return { images: embedded, vectors: vectors.subarray(0, embedded.length * dim) };
}

function nothingToAudit(skipped: EmbeddedSides['skipped']): SinterError {
  const [first] = skipped;
  const got = first
    ? `none of ${skipped.length} can be decoded (${first.path}: ${first.reason})`
    : 'got none';
  return new SinterError('bad-data', `Expected images to audit the model on; ${got}.`);
}
