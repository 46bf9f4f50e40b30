/**
 * Judges a model on labelled images: embeds them as indexing does and computes exactly how often an image's
 * neighbours share its class. Knows neither galleries nor where the images come from.
 */
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { SinterError } from '../errors.ts';
import { type RecallReport, recallAtK } from '../metrics/recall.ts';
import { embedFiles } from '../model/embed-files.ts';
import type { Model } from '../model/model.ts';
import type { LongWork } from '../progress.ts';

/** `open`: all images against each other; `closed`: queries searched among references. */
export type AuditedImages =
  | { images: readonly LabelledImage[] }
  | { queries: readonly LabelledImage[]; references: readonly LabelledImage[] };

export type AuditReport = RecallReport & {
  /** Images that could not be decoded, and why; they count neither as queries nor as references. */
  skipped: { path: string; reason: string }[];
};

type Embedded = { vectors: Float32Array; labels: string[]; skipped: AuditReport['skipped'] };

/**
 * Computes recall@k and precision@k of a model for each of `ks`.
 * Throws `bad-data` where no query or no reference can be decoded, and `interrupted`.
 */
export async function audit(
  { model, ks, ...set }: AuditedImages & { model: Model; ks: readonly number[] },
  work: LongWork = {},
): Promise<AuditReport> {
  const open = 'images' in set;
  const queries = await embedAll(model, open ? set.images : set.queries, work);
  const references = open ? undefined : await embedAll(model, set.references, work);
  const report = await recallAtK(
    {
      queries: queries.vectors,
      queryLabels: queries.labels,
      ...(references && { references: references.vectors, referenceLabels: references.labels }),
      dim: model.card.dim,
      ks,
    },
    work,
  );
  return { ...report, skipped: [...queries.skipped, ...(references?.skipped ?? [])] };
}

async function embedAll(model: Model, images: readonly LabelledImage[], work: LongWork): Promise<Embedded> {
  const { dim } = model.card;
  const vectors = new Float32Array(images.length * dim);
  const labels: string[] = [];
  const skipped: AuditReport['skipped'] = [];
  for await (const result of embedFiles(model, images, work)) {
    if ('skipped' in result) skipped.push({ path: result.file.path, reason: result.skipped });
    else vectors.set(result.vector, labels.push(result.file.label) * dim - dim);
  }
  if (labels.length === 0) throw nothingToAudit(skipped);
  return { vectors: vectors.subarray(0, labels.length * dim), labels, skipped };
}

function nothingToAudit(skipped: AuditReport['skipped']): SinterError {
  const [first] = skipped;
  const got = first
    ? `none of ${skipped.length} can be decoded (${first.path}: ${first.reason})`
    : 'got none';
  return new SinterError('bad-data', `Expected images to audit the model on; ${got}.`);
}
