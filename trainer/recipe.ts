/** Everything that decides how a model is trained, in one value: with the data and the seed it decides the result. */
import { SinterError } from '../retrieval/errors.ts';
import { planSchedule } from './heat/plan-schedule.ts';
import { HEAT_UP_AT, type HeatSchedule, type ScheduleKind } from './heat/schedule.ts';
import { VARIANTS, type Variant } from './heat/variants.ts';
import type { OptimizerSettings } from './optimize/optimizers.ts';
import type { HoldOut } from './validation/hold-out.ts';

export type Recipe = {
  variant: Variant;
  /** Length of the embedding. */
  dim: number;
  batchSize: number;
  /** Images of a class in a batch; absent where batches are drawn from all images alike. */
  imagesPerClass?: number;
  labelSmoothing: number;
  /** Where the bottleneck starts: drawn by chance, the principal axes of the backbone's features, or those of features whitened within classes. */
  initialisation: Initialisation;
  /** Whether class weights start from the class means of the untrained embedding. */
  classMeans: boolean;
  /** Whether a pass at learning rate 0 settles the norms' running statistics first. */
  settleNorms: boolean;
  /** What a trained backbone's BatchNormalizations go by: the statistics of the batch, or the running ones as they are. */
  norms: 'trained' | 'frozen';
  optimizer: OptimizerSettings;
  weightDecay: number;
  /** Most length of the gradient of all weights together. */
  clipNorm?: number;
  /** Batches that an update averages. */
  accumulate: number;
  /** Factors on the learning rate, which is the bottleneck's. */
  rates: { backbone: number; classWeights: number };
  heat: HeatSchedule;
  holdOut: HoldOut;
  /** How far the model goes from its start, 0, to where training has led, 1: between the two it forgets less of what it was not trained on. */
  blend: number;
  /** Which epoch's values become the model: the best on held-out images, or the last as in the paper. */
  keep: 'best' | 'last';
  seed: number;
};

export type Initialisation = 'chance' | 'pca' | 'whitened';

/** What a user may set; everything else follows from the variant. */
export type RecipeOptions = {
  variant: Variant;
  dim: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
  seed: number;
  /** Course of α and of the learning rate; default `step` for heated-up variants, `constant` for others. */
  schedule?: ScheduleKind;
  /** Epochs without better validation after which `auto` heats up, and after which the last phase ends. */
  patience?: number;
  alpha?: number;
  /** α after the heat-up; default a quarter of `alpha`. */
  heatedAlpha?: number;
  /** Share of the epochs before the heat-up; default the paper's 61 of 80. */
  heatUpAt?: number;
  imagesPerClass?: number;
  labelSmoothing?: number;
  initialisation?: Initialisation;
  classMeans?: boolean;
  settleNorms?: boolean;
  norms?: Recipe['norms'];
  optimizer?: OptimizerSettings['name'];
  /** Of SGD and RMSProp. */
  momentum?: number;
  /** ε of Adam, AdamW and RMSProp. */
  epsilon?: number;
  weightDecay?: number;
  clipNorm?: number;
  accumulate?: number;
  /** Factor on the learning rate for the backbone. */
  backboneRate?: number;
  warmUpEpochs?: number;
  decay?: HeatSchedule['decay'];
  holdOutClasses?: number;
  holdOutImages?: number;
  blend?: number;
  keep?: Recipe['keep'];
};

/** The recipe of a variant with the paper's values wherever `options` leave one open. Throws `bad-input` for values out of range. */
export function recipeOf(options: RecipeOptions): Recipe {
  const { variant, dim, epochs, batchSize, learningRate, seed } = options;
  const rule = VARIANTS[variant];
  const { alpha = rule.alpha ?? 1, heatUpAt = HEAT_UP_AT, labelSmoothing = rule.labelSmoothing } = options;
  const { imagesPerClass = rule.imagesPerClass, clipNorm, accumulate = 1, backboneRate = 1 } = options;
  const { momentum = 0.9, holdOutClasses = 0, holdOutImages = 0, blend = 1 } = options;
  requirePositive({ dim, epochs, batchSize, alpha, learningRate, accumulate, blend });
  if (rule.alpha === undefined && (options.alpha ?? options.heatedAlpha) !== undefined)
    throw new SinterError('bad-input', `The loss of ${variant} has no α; leave alpha out.`);
  if (blend > 1) throw new SinterError('bad-input', `Expected blend up to 1, got ${blend}.`);
  requireShare({ heatUpAt, labelSmoothing, momentum, holdOutClasses, holdOutImages });
  return {
    variant,
    dim,
    batchSize,
    ...(imagesPerClass !== undefined && { imagesPerClass }),
    labelSmoothing,
    initialisation: options.initialisation ?? 'chance',
    classMeans: (options.classMeans ?? false) && rule.hasClassWeights,
    settleNorms: options.settleNorms ?? false,
    norms: options.norms ?? 'trained',
    optimizer: optimizerSettings(options, momentum),
    weightDecay: options.weightDecay ?? 0,
    ...(clipNorm !== undefined && { clipNorm }),
    accumulate,
    rates: { backbone: backboneRate, classWeights: rule.proxyRate },
    heat: planSchedule({
      kind: options.schedule ?? (rule.heated ? 'step' : 'constant'),
      epochs,
      alpha,
      learningRate,
      heatedAlpha: options.heatedAlpha,
      heatUpAt,
      warmUpEpochs: options.warmUpEpochs,
      decay: options.decay,
      patience: options.patience,
    }),
    holdOut: { classes: holdOutClasses, images: holdOutImages },
    blend,
    keep: options.keep ?? 'best',
    seed,
  };
}

function optimizerSettings(
  { optimizer = 'sgd', epsilon }: RecipeOptions,
  momentum: number,
): OptimizerSettings {
  const small = epsilon === undefined ? {} : { epsilon };
  if (optimizer === 'sgd') return { name: optimizer, momentum };
  return optimizer === 'rmsprop' ? { name: optimizer, momentum, ...small } : { name: optimizer, ...small };
}

function requirePositive(values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value > 0)) throw new SinterError('bad-input', `Expected ${name} above 0, got ${value}.`);
}

function requireShare(values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0 && value < 1))
      throw new SinterError('bad-input', `Expected ${name} from 0 up to but not 1, got ${value}.`);
}
