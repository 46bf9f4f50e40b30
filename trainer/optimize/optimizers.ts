/** The optimizers by name: settings are plain data, so that a recipe can be written down, and compared with that of a checkpoint. */
import { type Adam, adam } from './adam.ts';
import { adamw } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';
import { type RmsProp, rmsprop } from './rmsprop.ts';
import { type Sgd, sgd } from './sgd.ts';

export type OptimizerSettings =
  | ({ name: 'sgd' } & Sgd)
  | ({ name: 'adam' | 'adamw' } & Adam)
  | ({ name: 'rmsprop' } & RmsProp);
export type OptimizerName = OptimizerSettings['name'];

export const OPTIMIZER_NAMES: readonly OptimizerName[] = ['sgd', 'adam', 'adamw', 'rmsprop'];

/** The optimizer of these settings. */
export function optimizerOf(settings: OptimizerSettings): Optimizer {
  switch (settings.name) {
    case 'sgd':
      return sgd(settings);
    case 'adam':
      return adam(settings);
    case 'adamw':
      return adamw(settings);
    case 'rmsprop':
      return rmsprop(settings);
  }
}
