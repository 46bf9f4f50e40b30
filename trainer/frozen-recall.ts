/** What a backbone is worth as it came: the recall of its features, which training must beat. */
import type { AuditedImages } from '../retrieval/audit/embed-sides.ts';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import { recallAtK } from '../retrieval/metrics/recall.ts';
import { computeFeatures } from './data/compute-features.ts';
import { type BackboneJob, type OnnxBackbone, prepareBackbone } from './prepare-backbone.ts';
import { unitRows } from './unit-rows.ts';

/** Recall@k of the features at unit length, for each of `ks`; `job.images` are those that training would see. */
export async function frozenRecall(
  backbone: OnnxBackbone,
  test: AuditedImages,
  ks: readonly number[],
  job: BackboneJob,
): Promise<Record<string, number>> {
  const { network, input } = await prepareBackbone(backbone, job);
  const featuresOf = async (images: readonly LabelledImage[]) => {
    const { values, images: found } = await computeFeatures(network, input, [...images], job.cache, job.work);
    return { vectors: unitRows(values, network.featureDim), labels: found.map(({ label }) => label) };
  };
  const queries = await featuresOf('images' in test ? test.images : test.queries);
  const references = 'images' in test ? undefined : await featuresOf(test.references);
  const { recall } = await recallAtK(
    {
      queries: queries.vectors,
      queryLabels: queries.labels,
      ...(references && { references: references.vectors, referenceLabels: references.labels }),
      dim: network.featureDim,
      ks,
    },
    job.work,
  );
  return recall;
}
