/** One pass over the samples: batches in the order and with the views that seed and name decide, a step of training with each. */
import { SinterError } from '../retrieval/errors.ts';
import { type LongWork, type Progress, stopIfAborted } from '../retrieval/progress.ts';
import { type Random, seededRandom } from '../retrieval/random.ts';
import { classBatches } from './data/class-batches.ts';
import { epochBatches } from './data/epoch.ts';
import type { Samples } from './data/samples.ts';
import type { EpochRecord } from './events.ts';
import { floats, type Tensor, tensor } from './onnx/tensor.ts';
import { AVERAGED_OVER, batchesToAverage } from './optimize/accumulation.ts';
import { GRADIENT_NORM } from './optimize/clipping.ts';
import type { StepRunner } from './optimize/step-runner.ts';
import type { Recipe } from './recipe.ts';

export type Pass = {
  /** The epoch, from 0, or what the pass is for. */
  name: number | string;
  recipe: Recipe;
  runner: StepRunner;
  samples: Samples;
  work: LongWork;
};

/** What a batch is trained with and how far it is; `place` stands before α and loss in the note of its progress. */
export type BatchPlan = Omit<Progress, 'note'> & { alpha: number; learningRate: number; place: string };

/** Means over a pass, and α and rate of its last step. */
export type PassRecord = Pick<EpochRecord, 'alpha' | 'learningRate' | 'gradientNorm'> & { loss: number };

/** @throws SinterError `bad-input` where the loss is no longer a number; `interrupted` when the signal is aborted. */
export async function runPass(
  pass: Pass,
  planOf: (batch: number, of: number) => BatchPlan,
): Promise<PassRecord> {
  const { recipe, runner, samples, work } = pass;
  const random = seededRandom(recipe.seed, 'epoch', pass.name);
  const batches = batchesOf(samples, recipe, random);
  const plans = batches.map((_, i) => planOf(i, batches.length));
  const wanted = recipe.clipNorm === undefined ? ['loss'] : ['loss', GRADIENT_NORM];
  const sums: Record<string, number> = Object.fromEntries(wanted.map((name) => [name, 0]));
  const draw = (first: number) => drawBatches(pass, batches, plans, first, random);
  let [done, next] = [0, draw(0)];
  try {
    while (done < batches.length) {
      stopIfAborted(work.signal);
      const feeds = await next;
      const running = runner.run(feeds, wanted);
      // The next batches are drawn while these are in the network.
      next = draw(done + feeds.length);
      const answers = await running;
      for (const i of feeds.keys()) {
        for (const name of wanted) sums[name] += answers[name][i];
        if (!Number.isFinite(sums.loss)) throw diverged(pass.name, done + i, plans[done + i].learningRate);
      }
      done += feeds.length;
      tell(work, plans[done - 1], sums.loss / done);
    }
  } finally {
    await next.catch(() => undefined);
  }
  const { alpha, learningRate } = plans[batches.length - 1];
  const gradientNorm = GRADIENT_NORM in sums && { gradientNorm: sums[GRADIENT_NORM] / batches.length };
  return { loss: sums.loss / batches.length, alpha, learningRate, ...gradientNorm };
}

/** The inputs of as many steps as are run in one go, from batch number `first` on. */
async function drawBatches(
  { recipe, runner, samples }: Pass,
  batches: number[][],
  plans: BatchPlan[],
  first: number,
  random: Random,
): Promise<Record<string, Tensor>[]> {
  const feeds: Record<string, Tensor>[] = [];
  const end = Math.min(batches.length, first + runner.stepsAtOnce);
  for (let i = first; i < end; i++) {
    const { alpha, learningRate } = plans[i];
    feeds.push({
      [samples.input]: await samples.batch(batches[i], random),
      labels: labelTensor(samples, batches[i]),
      learning_rate: floats(learningRate),
      ...(recipe.heat.kind !== 'learned' && { alpha: floats(alpha) }),
      ...(recipe.accumulate > 1 && {
        [AVERAGED_OVER]: floats(batchesToAverage(i, batches.length, recipe.accumulate)),
      }),
    });
  }
  return feeds;
}

function batchesOf({ labels }: Samples, { batchSize, imagesPerClass }: Recipe, random: Random): number[][] {
  return imagesPerClass === undefined
    ? epochBatches(labels.length, batchSize, random)
    : classBatches(labels, batchSize, imagesPerClass, random);
}

function tell(work: LongWork, { alpha, learningRate: _, place, ...progress }: BatchPlan, loss: number): void {
  work.onProgress?.({ ...progress, note: `${place}α ${alpha}, loss ${loss.toFixed(3)}` });
}

function diverged(pass: number | string, batch: number, learningRate: number): SinterError {
  const where = `step ${batch + 1} of ${typeof pass === 'number' ? `epoch ${pass + 1}` : pass}`;
  return new SinterError(
    'bad-input',
    `Training has diverged: the loss is no longer a number at ${where}, at a learning rate of ${learningRate}. Choose a smaller one.`,
  );
}

function labelTensor({ labels }: Samples, numbers: number[]): Tensor {
  return tensor(
    'int64',
    BigInt64Array.from(numbers, (number) => BigInt(labels[number])),
    [numbers.length],
  );
}
