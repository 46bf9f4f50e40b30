import { expect, test } from 'vitest';
import type { Interval } from '../../retrieval/metrics/bootstrap.ts';
import type { Comparison } from '../../trainer/validation/comparison.ts';
import { describeTraining, type TrainingAnswer } from './describe-training.ts';

const around = (mean: number): Interval => ({ mean, low: mean - 0.02, high: mean + 0.02 });
const measure = (gain: number) => ({ trained: around(0.6 + gain), frozen: around(0.6), gain: around(gain) });

function answer(gain: number): TrainingAnswer {
  const comparisons: Comparison[] = [
    { protocol: 'open', queries: 90, recallAt1: measure(gain), mapAtR: measure(gain) },
  ];
  return {
    ...{ model: 'models/shop', name: 'shop', id: '', dim: 64, variant: 'hln', images: 1200, classes: 30 },
    ...{ report: 'models/shop/report.html', warnings: [], seconds: 12, skipped: [], comparisons },
    history: [{ epoch: 0, alpha: 16, learningRate: 0.1, validation: {}, seconds: 0 }],
    epoch: 0,
  };
}

test('a model that beats its backbone is described by how much', () => {
  const text = describeTraining(answer(0.1));
  expect(text).toContain('Trained models/shop (hln, 64 numbers an image) on 1,200 images of 30 classes');
  expect(text).toContain('recall@1 is 70.0%, +10.0 against the frozen backbone (+8.0 to +12.0)');
  expect(text).not.toContain('Warning');
  expect(text).toContain('What happened, in pictures: models/shop/report.html');
});

test('a model that is worse than its backbone is told with a warning', () => {
  expect(describeTraining(answer(-0.1))).toContain(
    '\nWarning: On images of classes that training never saw the trained model is worse than the frozen backbone.',
  );
});
