/** The model that throughput is measured with: MobileNetV2 at 224², what many would take as a backbone, with weights as drawn. */
import { join } from 'node:path';
import type { EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { GRAPH_FILE } from '../../retrieval/model/bundle-format.ts';
import { readCard } from '../../retrieval/model/read-card.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { writeUntrained } from '../untrained-bundle.ts';
import { buildMobileNetV2 } from './networks/mobilenet-v2.ts';

const SIZE = 224;

export type MeasuredModel = {
  folder: string;
  id: string;
  dim: number;
  graph: EmbedderGraph;
  rule: InputRule;
};

/** The bundle in `model`, or one that is written into `folder`. */
export async function measuredModel(
  model: string | undefined,
  { folder, seed }: { folder: string; seed: number },
): Promise<MeasuredModel> {
  const place = model ?? join(folder, 'models', 'mobilenet-v2');
  if (model === undefined)
    await writeUntrained(place, buildMobileNetV2(SIZE, seededRandom(seed, 'backbone')), seed);
  const card = await readCard(place);
  const graph = { path: join(place, GRAPH_FILE), size: card.input.crop, dim: card.dim };
  return { folder: place, id: card.graphSha256, dim: card.dim, graph, rule: card.input };
}
