/** Which images of a set a model is judged on, by the splits that a manifest or a benchmark gives: never those it was trained on. */
import type { LabelledImage } from '../dataset/labelled-image.ts';
import type { AuditedImages } from './embed-sides.ts';

/**
 * Queries in the gallery where the set has both; otherwise the images of `test`: among each other, or, where all their
 * classes are among those of `train`, searched in the images of `train`. A set without these splits is searched as a whole.
 */
export function auditedImages(images: readonly LabelledImage[]): AuditedImages {
  const of = (name: string) => images.filter(({ split }) => split === name);
  const [queries, gallery, test, train] = [of('query'), of('gallery'), of('test'), of('train')];
  if (queries.length > 0 && gallery.length > 0) return { queries, references: gallery };
  if (test.length === 0) return { images };
  const trained = new Set(train.map(({ label }) => label));
  const isClosed = test.every(({ label }) => trained.has(label));
  return isClosed ? { queries: test, references: train } : { images: test };
}
