/**
 * Whether a backbone gets its pixels as it was trained to: features of labelled images are compared under each usual
 * preprocessing, and the right one finds an image's own class best. A wrong one still works, only worse, so nothing else tells.
 */
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { FEW_RANKS, queryFigures } from '../../retrieval/metrics/query-figures.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';
import type { Samples } from '../data/samples.ts';
import { SampleEmbedder } from '../embed-samples.ts';
import { unitRows } from '../unit-rows.ts';
import { type ImportedBackbone, openPreprocessingGraph, withPreprocessing } from './import-backbone.ts';
import { PREPROCESSINGS, type Preprocessing, preprocessingTensors } from './preprocess.ts';

/** Names that stand for others' preprocessing are left out. */
const CANDIDATES = ['imagenet', 'inception', 'caffe', 'unit', 'clip', 'raw'];

/** Most images that are compared, and most classes they are of. */
const IMAGES = 100;
const CLASSES = 20;

/** Fewer images tell nothing. */
const FEWEST = 20;

/**
 * How many standard errors a preprocessing must be ahead of another on the same images to be called better. By chance
 * one of five is ahead by 3 once in 150 times.
 */
const AHEAD = 3;

/** Images of some classes, at least two of each, to check a preprocessing on: at most 100 of at most 20 classes. */
export function imagesToCheck(images: readonly LabelledImage[], random: Random): LabelledImage[] {
  const byClass = new Map<string, LabelledImage[]>();
  for (const image of images) byClass.set(image.label, [...(byClass.get(image.label) ?? []), image]);
  const classes = [...byClass.values()].filter((members) => members.length > 1);
  const chosen = shuffled(classes, random).slice(0, CLASSES);
  const each = Math.floor(IMAGES / Math.max(1, chosen.length));
  return chosen.flatMap((members) => shuffled(members, random).slice(0, each));
}

/**
 * Compares the backbone's preprocessing with the usual others on labelled images, as `imagesToCheck` draws them: each is
 * searched among the others by cosine, and judged by MAP@R. Costs the features of the samples about six times.
 * @returns a warning where another one is clearly better, else undefined; nothing is said of fewer than 20 images.
 * @throws SinterError `bad-model` where the features are no finite numbers or the same for all images.
 */
export async function checkPreprocessing(
  backbone: ImportedBackbone,
  samples: Samples,
  work: LongWork = {},
): Promise<string | undefined> {
  const count = samples.labels.length;
  if (count < FEWEST) return undefined;
  const { own, better } = await compare(backbone, samples, work);
  if (!better) return undefined;
  return `The backbone seems to expect other pixels: with --preprocess ${better.name} an image finds its own class better (MAP@R ${mean(better.scores).toFixed(3)}) than with ${nameOf(backbone.preprocessing)} (${mean(own).toFixed(3)}), as ${count} images show.`;
}

/**
 * The backbone behind the preprocessing that does best on labelled images; the one that it has stays unless another is
 * clearly better. A note says what was chosen.
 */
export async function choosePreprocessing(
  backbone: ImportedBackbone,
  samples: Samples,
  work: LongWork = {},
): Promise<ImportedBackbone> {
  const count = samples.labels.length;
  const present = nameOf(backbone.preprocessing);
  if (count < FEWEST)
    return noted(backbone, `${present}: ${count} images are too few to find out what fits best`);
  const { own, better } = await compare(backbone, samples, work);
  const ofOwn = `MAP@R ${mean(own).toFixed(3)}`;
  if (!better)
    return noted(backbone, `${present} (${ofOwn} on ${count} images; no other way is clearly better)`);
  const chosen = withPreprocessing(backbone, PREPROCESSINGS[better.name]);
  return noted(
    chosen,
    `${better.name} (MAP@R ${mean(better.scores).toFixed(3)} on ${count} images, with ${present} ${ofOwn})`,
  );
}

type Scored = { name: string; scores: Float64Array };

/** The scores of the backbone as it is and, of the candidates that are clearly ahead, the one with the highest mean. */
async function compare(
  backbone: ImportedBackbone,
  samples: Samples,
  work: LongWork,
): Promise<{ own: Float64Array; better?: Scored }> {
  const embedder = await SampleEmbedder.open(openPreprocessingGraph(backbone), samples);
  const scoresOf = async (preprocessing: Preprocessing) => {
    await embedder.load(preprocessingTensors(preprocessing));
    const features = await embedder.embed([...samples.labels.keys()], {
      ...work,
      stage: 'checking how pixels are scaled',
    });
    requireAlive(features, backbone);
    return precisions(features, samples.labels);
  };
  try {
    const own = await scoresOf(backbone.preprocessing);
    let better: Scored | undefined;
    for (const name of CANDIDATES) {
      if (same(PREPROCESSINGS[name], backbone.preprocessing)) continue;
      const scores = await scoresOf(PREPROCESSINGS[name]);
      const isAhead = standardErrorsAhead(scores, own) > AHEAD;
      if (isAhead && mean(scores) > mean(better?.scores ?? own)) better = { name, scores };
    }
    return { own, ...(better && { better }) };
  } finally {
    await embedder.close();
  }
}

/** MAP@R of each image as a query among the others, 0 to 1. */
async function precisions(features: Float32Array, labels: Int32Array): Promise<Float64Array> {
  const dim = features.length / labels.length;
  const set = { queries: unitRows(features, dim), queryLabels: Array.from(labels), dim };
  const { averagePrecision } = await queryFigures(set, { ks: [1], mostRanks: FEW_RANKS });
  return averagePrecision;
}

function requireAlive(features: Float32Array, { name, featureDim }: ImportedBackbone): void {
  if (!features.every(Number.isFinite))
    throw new SinterError(
      'bad-model',
      `Some features that ${name} makes of the images are no finite numbers.`,
    );
  if (features.every((value, i) => value === features[i % featureDim]))
    throw new SinterError(
      'bad-model',
      `${name} makes the same features of every image; name another value with --features.`,
    );
}

/** The mean difference of paired scores in its standard errors; 0 where nothing differs. */
function standardErrorsAhead(scores: Float64Array, than: Float64Array): number {
  const differences = scores.map((score, i) => score - than[i]);
  const ahead = mean(differences);
  const variance = mean(differences.map((difference) => (difference - ahead) ** 2));
  return variance === 0 ? 0 : ahead / Math.sqrt(variance / (scores.length - 1));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function nameOf(preprocessing: Preprocessing): string {
  const found = Object.entries(PREPROCESSINGS).find(([, known]) => same(known, preprocessing));
  return found?.[0] ?? 'the given mean and deviation';
}

function same(a: Preprocessing, b: Preprocessing): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function noted(backbone: ImportedBackbone, note: string): ImportedBackbone {
  return { ...backbone, notes: [...backbone.notes, `Pixels are scaled by ${note}.`] };
}
