/** How `sinter train` trains where its options leave something open. */

import { type Augmentation, CROP_AND_FLIP } from '../../trainer/data/augment.ts';
import type { RecipeOptions } from '../../trainer/recipe.ts';
import type { Backbone } from '../../trainer/source.ts';

export type TrainDefaults = {
  recipe: Omit<RecipeOptions, 'seed'>;
  /** For `sm` and `sm-ls`, whose logits nothing bounds: on features of any size they diverge at a rate that suits normalised ones. */
  plainLearningRate: number;
  fit: Backbone['fit'];
};

/** A tenth of the classes and of the images of the others: what decides which epoch is kept. */
const HELD_OUT = { holdOutClasses: 0.1, holdOutImages: 0.1 };

/** A head on the frozen features of a backbone: seconds for thousands of images. What it was chosen by stands in docs/recipe.md. */
export const HEAD_DEFAULTS: TrainDefaults = {
  recipe: {
    variant: 'hln',
    dim: 256,
    epochs: 24,
    batchSize: 32,
    learningRate: 0.05,
    weightDecay: 0,
    momentum: 0.9,
    warmUpEpochs: 0,
    decay: 'constant',
    initialisation: 'whitened',
    classMeans: true,
    blend: 0.25,
    keep: 'last',
    ...HELD_OUT,
  },
  plainLearningRate: 0.005,
  fit: 'squash',
};

/** A backbone, or its last layers, fine-tuned with the head; its norms keep their statistics, which small batches would blur. */
export const FINE_TUNING_DEFAULTS: TrainDefaults & { augmentation: Augmentation } = {
  recipe: {
    variant: 'hln',
    dim: 256,
    epochs: 8,
    batchSize: 32,
    learningRate: 0.02,
    backboneRate: 0.01,
    weightDecay: 5e-4,
    momentum: 0.9,
    warmUpEpochs: 0.5,
    decay: 'constant',
    initialisation: 'whitened',
    classMeans: true,
    norms: 'frozen',
    blend: 1,
    keep: 'best',
    ...HELD_OUT,
  },
  plainLearningRate: 0.005,
  fit: 'squash',
  augmentation: CROP_AND_FLIP,
};

/** A small residual network from nothing. */
export const NETWORK_DEFAULTS: TrainDefaults & {
  backbone: Pick<Backbone & { kind: 'residual' }, 'network' | 'augmentation'>;
} = {
  recipe: {
    variant: 'hln',
    dim: 64,
    epochs: 16,
    batchSize: 32,
    learningRate: 0.1,
    weightDecay: 0,
    momentum: 0.9,
    warmUpEpochs: 1,
    decay: 'constant',
    initialisation: 'chance',
    classMeans: false,
    blend: 1,
    keep: 'best',
    ...HELD_OUT,
  },
  plainLearningRate: 0.1,
  fit: 'contain',
  backbone: {
    network: {
      size: 48,
      stem: { kernel: 5, stride: 2 },
      widths: [32, 64, 128, 256],
      blocks: [0, 1, 1, 1],
      pooling: 'flatten',
    },
    augmentation: {
      rotation: 10,
      zoom: [1 / 1.15, 1.15],
      shift: 0.08,
      flip: 0,
      hue: 0,
      saturation: [0.7, 1.3],
      grey: 0,
      contrast: [0.7, 1.2],
      pivot: 127.5,
    },
  },
};
