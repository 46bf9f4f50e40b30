/** Everything that decides how a model is trained, in one value: with the data and the seed it decides the result. */
import { SinterError } from '../retrieval/errors.ts';
import { planSchedule } from './heat/plan-schedule.ts';
import { HEAT_UP_AT, type HeatSchedule, type ScheduleKind } from './heat/schedule.ts';
import { VARIANTS, type Variant } from './heat/variants.ts';

export type Recipe = {
  variant: Variant;
  /** Length of the embedding. */
  dim: number;
  batchSize: number;
  labelSmoothing: number;
  /** Whether class weights start from the class means of the untrained embedding. */
  classMeans: boolean;
  /** Whether a pass at learning rate 0 settles the norms' running statistics first. */
  settleNorms: boolean;
  sgd: { momentum: number; weightDecay: number };
  heat: HeatSchedule;
  seed: number;
};

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
  labelSmoothing?: number;
  weightDecay?: number;
  momentum?: number;
  warmUpEpochs?: number;
  decay?: HeatSchedule['decay'];
  classMeans?: boolean;
  settleNorms?: boolean;
};

/** The recipe of a variant with the paper's values wherever `options` leave one open. Throws `bad-input` for values out of range. */
export function recipeOf(options: RecipeOptions): Recipe {
  const { variant, dim, epochs, batchSize, learningRate, seed } = options;
  const rule = VARIANTS[variant];
  const {
    alpha = rule.alpha ?? 1,
    heatUpAt = HEAT_UP_AT,
    labelSmoothing = rule.labelSmoothing,
    weightDecay = 0,
    momentum = 0.9,
  } = options;
  const { warmUpEpochs = 0, decay = 'constant', classMeans = false, settleNorms = false } = options;
  requirePositive({ dim, epochs, batchSize, alpha, learningRate });
  requireShare({ heatUpAt, labelSmoothing, momentum });
  const heat = planSchedule({
    kind: options.schedule ?? (rule.heated ? 'step' : 'constant'),
    epochs,
    alpha,
    learningRate,
    heatedAlpha: options.heatedAlpha,
    heatUpAt,
    warmUpEpochs,
    decay,
    patience: options.patience,
  });
  return {
    variant,
    dim,
    batchSize,
    labelSmoothing,
    classMeans,
    settleNorms,
    sgd: { momentum, weightDecay },
    heat,
    seed,
  };
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
