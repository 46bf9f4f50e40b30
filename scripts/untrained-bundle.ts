/**
 * A bundle around a network that was never trained, for whoever only wants to know whether and how fast one runs: that
 * does not depend on what the weights are.
 */
import { encodePng } from '../retrieval/image/encode-png.ts';
import { writeBundle } from '../retrieval/model/write-bundle.ts';
import { seededRandom } from '../retrieval/random.ts';
import type { Network } from '../trainer/backbones/network.ts';
import { buildResidualNetwork } from '../trainer/backbones/residual-network.ts';
import { cardOfRun } from '../trainer/card-of-run.ts';
import { embedderGraph } from '../trainer/export.ts';
import { encodeModel } from '../trainer/onnx/model-file.ts';
import { recipeOf } from '../trainer/recipe.ts';
import { NETWORK_DEFAULTS } from './train/defaults.ts';

const GOLDEN_SIZE = 48;

/** The network that `sinter train` makes from nothing, with the weights that it starts from. */
export function initialNetwork(seed: number): Network {
  return buildResidualNetwork(NETWORK_DEFAULTS.backbone.network, seededRandom(seed, 'backbone'));
}

/** Writes the bundle into `folder`; its golden image is noise. */
export async function writeUntrained(folder: string, network: Network, seed: number) {
  const recipe = recipeOf({ ...NETWORK_DEFAULTS.recipe, seed });
  const card = await writeBundle(
    folder,
    {
      graph: encodeModel(embedderGraph(network, recipe, {})),
      card: {
        ...cardOfRun(network, recipe, { classes: 1, images: 1 }),
        name: 'untrained',
        createdAt: new Date().toISOString(),
        input: { fit: NETWORK_DEFAULTS.fit, resize: network.inputSize, crop: network.inputSize },
        metrics: {},
      },
      goldenImages: [await noise(seed)],
    },
    { workers: 1 },
  );
  return { id: card.graphSha256, dim: card.dim, folder };
}

function noise(seed: number): Promise<Uint8Array> {
  const random = seededRandom(seed, 'golden');
  const data = Uint8Array.from({ length: GOLDEN_SIZE ** 2 * 3 }, () => random.integer(256));
  return encodePng({ data, width: GOLDEN_SIZE, height: GOLDEN_SIZE });
}
