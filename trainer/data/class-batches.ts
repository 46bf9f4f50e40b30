/** The batches of an epoch with several images of each class in every one, as losses on pairs need them. */
import { SinterError } from '../../retrieval/errors.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';

/**
 * Batches with exactly `imagesPerClass` images of each of batchSize/imagesPerClass different classes, drawn anew for each
 * batch, as MPerClassSampler of PyTorch Metric Learning does: every class is as likely as any other however many images it
 * has, so an epoch may miss an image and meet another twice. In a batch an image comes twice only if its class has fewer
 * than `imagesPerClass`, and not before all of its class are in.
 * @param labels class numbers of all images.
 * @returns numbers of images below labels.length; as many batches as it takes to go through all images once.
 * @throws SinterError `bad-input` where the batch is no multiple of `imagesPerClass` or asks for more classes than there are.
 */
export function classBatches(
  labels: ArrayLike<number>,
  batchSize: number,
  imagesPerClass: number,
  random: Random,
): number[][] {
  const classes = imagesByClass(labels);
  const perBatch = batchSize / imagesPerClass;
  requireClasses(classes.length, batchSize, imagesPerClass);
  return Array.from({ length: Math.ceil(labels.length / batchSize) }, () =>
    shuffled(classes, random)
      .slice(0, perBatch)
      .flatMap((images) => drawImages(images, imagesPerClass, random)),
  );
}

function drawImages(images: number[], count: number, random: Random): number[] {
  const order = shuffled(images, random);
  return Array.from({ length: count }, (_, i) => order[i % order.length]);
}

/** The numbers of the images of each class that has any, in order of the class number. */
function imagesByClass(labels: ArrayLike<number>): number[][] {
  const classes: number[][] = [];
  for (let image = 0; image < labels.length; image++) {
    classes[labels[image]] ??= [];
    classes[labels[image]].push(image);
  }
  return classes.filter((images) => images !== undefined);
}

function requireClasses(classes: number, batchSize: number, imagesPerClass: number): void {
  const perBatch = batchSize / imagesPerClass;
  if (!Number.isInteger(perBatch))
    throw new SinterError(
      'bad-input',
      `Expected a batch size that is a multiple of ${imagesPerClass}, the images of a class in a batch, got ${batchSize}.`,
    );
  if (perBatch > classes)
    throw new SinterError(
      'bad-input',
      `Batches of ${batchSize} with ${imagesPerClass} images of a class need ${perBatch} classes, found ${classes}: expected a batch size of at most ${classes * imagesPerClass}.`,
    );
}
