/** What `sinter train` says in the end. */
import { count } from '../../retrieval/report/words.ts';
import type { TrainedModel } from '../../trainer/train-model.ts';
import { describeComparison, warningsOf } from '../../trainer/validation/comparison.ts';

export type TrainingAnswer = Omit<TrainedModel, 'card'> & {
  model: string;
  /** Path of the run's report. */
  report?: string;
  name: string;
  id: string;
  dim: number;
  variant: string;
  images: number;
  classes: number;
  warnings: string[];
  seconds: number;
};

/** Which epoch was kept and what it is worth; last, before the next step, where it is no better than the backbone that it started from. */
export function describeTraining(answer: TrainingAnswer): string {
  const { model, report, name, variant, dim, images, classes, epoch, history, seconds, comparisons } = answer;
  const loss = history[epoch]?.loss?.toFixed(3);
  const kept = epoch === 0 ? 'the start did best' : `epoch ${epoch} is kept, loss ${loss}`;
  return [
    `Trained ${model} (${variant}, ${dim} numbers an image) on ${count(images, 'image')} of ${count(classes, 'class', 'classes')} in ${seconds} s; ${kept}.`,
    ...comparisons.map(describeComparison),
    ...warningsOf(comparisons).map((warning) => `Warning: ${warning}`),
    ...(report ? [`What happened, in pictures: ${report}`] : []),
    `Index images with it: sinter index FOLDER --model ${model} --gallery ${name}`,
  ].join('\n');
}
