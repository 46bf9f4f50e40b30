/** What the card of a bundle says of its network and of how that was trained. */
import type { ModelCard } from '../retrieval/model/bundle-format.ts';
import { countParameters, type Network } from './backbones/network.ts';
import type { Recipe } from './recipe.ts';

/** `images` of `classes` were trained on. */
export function cardOfRun(
  network: Network,
  { variant, dim, heat, seed }: Recipe,
  { classes, images }: { classes: number; images: number },
): Pick<ModelCard, 'dim' | 'backbone' | 'training'> {
  const { name, featureDim, graph } = network;
  const alpha = { start: heat.alpha, end: heat.heatedAlpha };
  return {
    dim,
    backbone: { name, featureDim, parameters: countParameters(graph) },
    training: { variant, alpha, epochs: heat.epochs, seed, classes, images },
  };
}
