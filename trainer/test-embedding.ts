/** A trained embedding on a test set, without a bundle in between: what a study needs many times over. */
import type { AuditedImages } from '../retrieval/audit/embed-sides.ts';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import { recallAtK } from '../retrieval/metrics/recall.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { everySample } from './data/samples.ts';
import { embedSamples } from './embed-samples.ts';
import type { FinishedTraining } from './training-run.ts';
import { unitRows } from './unit-rows.ts';

/** Recall@k for each of `ks`, as `audit` computes it of the exported model. */
export async function testEmbedding(
  { source, trained, task }: FinishedTraining,
  test: AuditedImages,
  ks: readonly number[],
  work: LongWork = {},
): Promise<Record<string, number>> {
  const { dim } = task.recipe;
  const embed = async (images: readonly LabelledImage[]) => {
    const opened = await source.open([...images]);
    try {
      const numbers = everySample(opened.samples);
      const rows = await embedSamples(trained.graph, opened.samples, numbers, { ...work, stage: 'testing' });
      return { vectors: unitRows(rows, dim), labels: opened.images.map(({ label }) => label) };
    } finally {
      await opened.close();
    }
  };
  const queries = await embed('images' in test ? test.images : test.queries);
  const references = 'images' in test ? undefined : await embed(test.references);
  const { recall } = await recallAtK(
    {
      queries: queries.vectors,
      queryLabels: queries.labels,
      ...(references && { references: references.vectors, referenceLabels: references.labels }),
      dim,
      ks,
    },
    work,
  );
  return recall;
}
