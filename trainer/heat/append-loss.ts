/** The loss of a variant behind a network: the one door to all losses. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { floats } from '../onnx/tensor.ts';
import type { LossInputs, LossOptions } from './losses/loss.ts';
import { VARIANTS, type Variant } from './variants.ts';

/**
 * Appends the mean loss over a batch, a float32 scalar. What the loss has of its own is named `loss/...`: class weights are
 * CLASS_WEIGHTS in every variant that has them.
 * @param alpha a scalar input of the step, so that heating up needs no new graph, or what `appendLearnedAlpha` made.
 */
export function appendLoss(
  g: GraphBuilder,
  inputs: LossInputs,
  options: LossOptions & { variant: Variant },
  random: Random,
): Value {
  return g.in('loss', () => VARIANTS[options.variant].loss(g, inputs, options, random));
}

/** The name of the parameter log α [] of `appendLearnedAlpha`. */
export const LOG_ALPHA = 'loss/log_alpha';

/** α as something that training learns: exp of a parameter that starts at log `initial`, so that no step makes it negative. */
export function appendLearnedAlpha(g: GraphBuilder, initial: number): Value {
  return g.in('loss', () => g.op('Exp', [g.parameter(floats(Math.log(initial)), 'log_alpha')]));
}
