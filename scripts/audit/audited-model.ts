/** Whatever an audit can embed images with: a bundle, or a backbone in an ONNX file as it came. */
import { basename, join } from 'node:path';
import {
  type AuditedImages,
  type EmbeddedSide,
  type EmbeddedSides,
  embedSides,
} from '../../retrieval/audit/embed-sides.ts';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { ModelCard } from '../../retrieval/model/bundle-format.ts';
import { computeFeatures } from '../../trainer/data/compute-features.ts';
import { prepareBackbone } from '../../trainer/prepare-backbone.ts';
import { unitRows } from '../../trainer/unit-rows.ts';
import { openBundle } from '../open-parts.ts';
import type { LongTask } from '../terminal/long-task.ts';
import { taskOfOptions } from '../train/task-of-options.ts';
import type { AuditTask } from './audit-task.ts';

export type AuditedModel = {
  id: string;
  name: string;
  dim: number;
  /** Of a bundle: how it was trained. */
  training?: ModelCard['training'];
  embed(set: AuditedImages): Promise<EmbeddedSides>;
  close(): Promise<void>;
};

/** Where training from here keeps features too. */
const CACHE = join('models', '.cache');

/**
 * Opens the bundle in a folder or, where `path` ends in `.onnx`, the features of a frozen backbone at unit length.
 * @param set where nothing says how a backbone's pixels are scaled, its labelled images decide, as in training.
 */
export async function openAudited(
  path: string,
  task: AuditTask,
  set: AuditedImages,
  long: LongTask,
): Promise<AuditedModel> {
  if (path.endsWith('.onnx')) return openFrozen(path, task, set, long);
  const model = await openBundle(path, task.embedding);
  const { name, dim, training } = model.card;
  return {
    id: model.id,
    name,
    dim,
    training,
    embed: (images) => embedSides(model, dim, images, long.work),
    close: () => model.close(),
  };
}

async function openFrozen(
  path: string,
  { seed }: AuditTask,
  set: AuditedImages,
  { say, warn, work }: LongTask,
): Promise<AuditedModel> {
  const { backbone } = taskOfOptions({ backbone: path, seed });
  if (backbone.kind !== 'onnx') throw new SinterError('bad-input', `Expected an ONNX backbone, got ${path}.`);
  const images = 'images' in set ? set.images : set.references;
  const { network, input } = await prepareBackbone(backbone, { images, cache: CACHE, seed, say, warn, work });
  const dim = network.featureDim;
  const side = async (
    some: readonly LabelledImage[],
    skipped: EmbeddedSides['skipped'],
  ): Promise<EmbeddedSide> => {
    const found = await computeFeatures(network, input, [...some], CACHE, work);
    skipped.push(...found.skipped);
    return { images: found.images, vectors: unitRows(found.values, dim) };
  };
  return {
    id: path,
    name: basename(path, '.onnx'),
    dim,
    async embed(audited) {
      const skipped: EmbeddedSides['skipped'] = [];
      if ('images' in audited) return { dim, queries: await side(audited.images, skipped), skipped };
      const queries = await side(audited.queries, skipped);
      return { dim, queries, references: await side(audited.references, skipped), skipped };
    },
    close: async () => {},
  };
}
