/** The models that throughput is measured with, at 224² and with weights as drawn; MobileNetV2 is what many would take as a backbone. */
import { join } from 'node:path';
import type { EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { GRAPH_FILE, type ModelCard } from '../../retrieval/model/bundle-format.ts';
import { readCard } from '../../retrieval/model/read-card.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { writeUntrained } from '../untrained-bundle.ts';
import { NETWORKS, type NetworkName } from './networks/by-name.ts';

const SIZE = 224;

export type MeasuredModel = {
  folder: string;
  id: string;
  dim: number;
  graph: EmbedderGraph;
  rule: InputRule;
  card: ModelCard;
};

/** The bundle in `model`, or one that is written into `folder`. */
export async function measuredModel(
  model: string | undefined,
  { folder, seed, network = 'mobilenet_v2' }: { folder: string; seed: number; network?: NetworkName },
): Promise<MeasuredModel> {
  const place = model ?? join(folder, 'models', network);
  if (model === undefined)
    await writeUntrained(place, NETWORKS[network](SIZE, seededRandom(seed, 'backbone')), seed);
  const card = await readCard(place);
  const graph = { path: join(place, GRAPH_FILE), size: card.input.crop, dim: card.dim };
  return { folder: place, id: card.graphSha256, dim: card.dim, graph, rule: card.input, card };
}
