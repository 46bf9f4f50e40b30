/** From options to what is trained and how: defaults that depend on the way to train, and combinations that make no sense. */
import { SinterError } from '../../retrieval/errors.ts';
import type { Scope } from '../../trainer/backbones/network.ts';
import { parsePreprocessing } from '../../trainer/backbones/preprocess.ts';
import { recipeOf } from '../../trainer/recipe.ts';
import type { Backbone } from '../../trainer/source.ts';
import type { TrainingJob } from '../../trainer/training-run.ts';
import { FINE_TUNING_DEFAULTS, HEAD_DEFAULTS, NETWORK_DEFAULTS, type TrainDefaults } from './defaults.ts';
import type { InputOptions, TrainOptions } from './options.ts';

/** Throws `bad-input` for options that contradict each other. */
export function taskOfOptions(options: TrainOptions): Pick<TrainingJob, 'backbone' | 'recipe'> {
  const { backbone: file, train, features, preprocess, fit, resize, size, ...given } = options;
  const scope = scopeOf(train);
  const defaults = defaultsFor(file, scope);
  const variant = given.variant ?? defaults.recipe.variant;
  const isPlain = variant === 'sm' || variant === 'sm-ls';
  const learningRate = isPlain ? defaults.plainLearningRate : defaults.recipe.learningRate;
  return {
    recipe: recipeOf({ ...defaults.recipe, learningRate, ...blendFor(given), ...given }),
    backbone: file === undefined ? freshNetwork(options) : backboneOf({ ...options, backbone: file }, scope),
  };
}

function defaultsFor(file: string | undefined, scope: Scope): TrainDefaults {
  if (file === undefined) return NETWORK_DEFAULTS;
  return scope === 'head' ? HEAD_DEFAULTS : FINE_TUNING_DEFAULTS;
}

/** A start by chance is nothing to go back to. */
function blendFor({ initialisation }: TrainOptions): { blend?: number } {
  return initialisation === 'chance' ? { blend: 1 } : {};
}

function scopeOf(text = 'head'): Scope {
  if (text === 'head' || text === 'all') return text;
  const last = /^last:([1-9]\d*)$/.exec(text);
  if (last) return { last: Number(last[1]) };
  throw new SinterError('bad-input', `--train must be head, all or last:N such as last:3, got "${text}".`);
}

function freshNetwork({ train, features, preprocess, fit, resize, size }: InputOptions): Backbone {
  if (features !== undefined) throw needsBackbone('--features');
  if (preprocess !== undefined && preprocess !== 'auto') throw needsBackbone('--preprocess');
  if (train !== undefined && train !== 'head') throw needsBackbone('--train');
  const { network, augmentation } = NETWORK_DEFAULTS.backbone;
  const side = size ?? network.size;
  return {
    kind: 'residual',
    network: { ...network, size: side },
    augmentation,
    fit: fit ?? NETWORK_DEFAULTS.fit,
    resize: requireMargin(resize ?? side, side),
  };
}

function backboneOf(
  { backbone, features, preprocess, fit, resize, size }: InputOptions & { backbone: string },
  scope: Scope,
): Backbone {
  if (resize !== undefined && size !== undefined) requireMargin(resize, size);
  return {
    kind: 'onnx',
    path: backbone,
    scope,
    augmentation: FINE_TUNING_DEFAULTS.augmentation,
    fit: fit ?? HEAD_DEFAULTS.fit,
    ...(preprocess !== undefined &&
      preprocess !== 'auto' && { preprocessing: parsePreprocessing(preprocess) }),
    ...(features !== undefined && { features }),
    ...(resize !== undefined && { resize }),
    ...(size !== undefined && { size }),
  };
}

function requireMargin(resize: number, size: number): number {
  if (resize >= size) return resize;
  throw new SinterError('bad-input', `--resize must be at least --size (${size}), got "${resize}".`);
}

function needsBackbone(option: string): SinterError {
  return new SinterError('bad-input', `${option} says what to do with a backbone; name one by --backbone.`);
}
