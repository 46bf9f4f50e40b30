/** `sinter train`: labelled images → a model bundle. */
import { Command, Option } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import { PREPROCESSINGS } from '../../trainer/backbones/preprocess.ts';
import { HEAT_UP_AT } from '../../trainer/heat/schedule.ts';
import { VARIANTS, type Variant } from '../../trainer/heat/variants.ts';
import { type RecipeOptions, recipeOf } from '../../trainer/recipe.ts';
import type { Backbone, TrainedModel } from '../../trainer/train-model.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { numberFromZero, positiveNumber, shareBelowOne, wholeNumber } from '../terminal/option-parsers.ts';
import { count, printAnswer } from '../terminal/print-answer.ts';
import { HEAD_DEFAULTS, NETWORK_DEFAULTS } from '../train-defaults.ts';
import { example, jsonOption } from './shared-options.ts';

type InputOptions = {
  backbone?: string;
  features?: string;
  preprocess?: string;
  fit?: Backbone['fit'];
  resize?: number;
  size?: number;
};

/** What is not about the images' way into the network is the recipe's, under the recipe's names. */
type TrainOptions = InputOptions & Partial<RecipeOptions> & { out: string; seed: number; json?: true };

type Answer = Omit<TrainedModel, 'card'> & {
  model: string;
  name: string;
  id: string;
  dim: number;
  variant: Variant;
  images: number;
  classes: number;
  seconds: number;
};

const DESCRIPTION = `Train a model on labelled images and export it.

DATA is a folder of class folders, or a manifest with lines \`path,label[,split]\`, of which the split \`train\` is taken. With --backbone only a head is trained, on the features of a frozen ONNX network, which takes seconds; without, a small residual network is trained from nothing.`;

const IF_STOPPED = 'Everything up to the last full epoch is kept; the same command goes on from there.';

export function trainCommand(): Command {
  const command = new Command('train')
    .summary('train a model on labelled images')
    .description(DESCRIPTION)
    .argument('<data>', 'labelled images')
    .requiredOption('--out <folder>', 'folder of the model, such as models/shop')
    .option('--seed <number>', 'the same seed gives the same model', wholeNumber('--seed', 0, 2 ** 31 - 1), 1)
    .addOption(jsonOption());
  addLossOptions(command);
  addOptimizerOptions(command);
  addInputOptions(command);
  return command
    .addHelpText('after', example('sinter train photos/ --backbone mobilenetv2.onnx --out models/shop'))
    .action(async (data: string, options: TrainOptions) => {
      printAnswer(options.json, await train(data, options), describe);
    });
}

function addLossOptions(command: Command): void {
  command
    .optionsGroup('Embedding and loss:')
    .addOption(choice('--variant <name>', variantHelp(), Object.keys(VARIANTS)))
    .option('--dim <count>', byDefault('length of an embedding', 'dim'), wholeNumber('--dim', 2, 4096))
    .option('--alpha <number>', 'α = 1/temperature (default: 16; sm: 1)', positiveNumber('--alpha'))
    .option(
      '--heated-alpha <number>',
      'α after the heat-up (default: a quarter)',
      positiveNumber('--heated-alpha'),
    )
    .option(
      '--heat-up-at <share>',
      `share of the epochs before the heat-up (default: ${HEAT_UP_AT})`,
      shareBelowOne('--heat-up-at'),
    )
    .option(
      '--label-smoothing <share>',
      byDefault('share of the labels spread over all classes', 'labelSmoothing'),
      shareBelowOne('--label-smoothing'),
    )
    .option('--class-means', byDefault('start class weights from the class means', 'classMeans'))
    .option('--no-class-means', 'start them from chance');
}

function addOptimizerOptions(command: Command): void {
  command
    .optionsGroup('Optimization:')
    .option(
      '--epochs <count>',
      byDefault('times that each image is seen', 'epochs'),
      wholeNumber('--epochs', 1, 100_000),
    )
    .option(
      '--batch-size <count>',
      byDefault('images in a step', 'batchSize'),
      wholeNumber('--batch-size', 2, 4096),
    )
    .option(
      '--learning-rate <number>',
      byDefault(`of SGD; of sm ${HEAD_DEFAULTS.plainLearningRate} with --backbone`, 'learningRate'),
      positiveNumber('--learning-rate'),
    )
    .option('--momentum <share>', byDefault('of SGD', 'momentum'), shareBelowOne('--momentum'))
    .option('--weight-decay <number>', byDefault('of SGD', 'weightDecay'), numberFromZero('--weight-decay'))
    .option(
      '--warm-up-epochs <number>',
      byDefault('learning rate climbs from 0', 'warmUpEpochs'),
      numberFromZero('--warm-up-epochs'),
    )
    .option('--settle-norms', 'go once through the images at learning rate 0 first, to settle the norms')
    .addOption(
      choice('--decay <course>', byDefault('learning rate until the heat-up', 'decay'), [
        'constant',
        'cosine',
      ]),
    );
}

function addInputOptions(command: Command): void {
  command
    .optionsGroup('Network and its input:')
    .option('--backbone <file>', 'ONNX network to take features from')
    .option('--features <value>', 'its value to take (default: `features`, or its only output)')
    .addOption(
      choice(
        '--preprocess <name>',
        'what it expects of pixels (default: imagenet)',
        Object.keys(PREPROCESSINGS),
      ),
    )
    .addOption(
      choice(
        '--fit <rule>',
        `how an image becomes a square (default: ${HEAD_DEFAULTS.fit} with --backbone, else ${NETWORK_DEFAULTS.fit})`,
        ['squash', 'cover', 'contain'],
      ),
    )
    .option(
      '--size <pixels>',
      `side of the input (default: the backbone's own, else ${NETWORK_DEFAULTS.backbone.network.size})`,
      wholeNumber('--size', 8, 2048),
    )
    .option(
      '--resize <pixels>',
      'side before the centre is cut out (default: 256/224 of the size with --backbone, else the size)',
      wholeNumber('--resize', 8, 4096),
    );
}

function choice(flags: string, description: string, names: string[]): Option {
  return new Option(flags, description).choices(names);
}

function variantHelp(): string {
  const titles = Object.entries(VARIANTS).map(([name, { title }]) => `${name}: ${title}`);
  return byDefault(titles.join('; '), 'variant');
}

/** The default stands in the help, and both where it depends on what is trained. */
function byDefault(text: string, key: keyof typeof HEAD_DEFAULTS.recipe): string {
  const [head, network] = [HEAD_DEFAULTS, NETWORK_DEFAULTS].map(({ recipe }) => String(recipe[key]));
  const value = head === network ? head : `${head} with --backbone, else ${network}`;
  return `${text} (default: ${value})`;
}

function train(data: string, { out, json: _, ...options }: TrainOptions): Promise<Answer> {
  const { backbone: file, features, preprocess, fit, resize, size, ...given } = options;
  const defaults = file === undefined ? NETWORK_DEFAULTS : HEAD_DEFAULTS;
  const variant = given.variant ?? defaults.recipe.variant;
  const learningRate = variant === 'sm' ? defaults.plainLearningRate : defaults.recipe.learningRate;
  const recipe = recipeOf({ ...defaults.recipe, learningRate, ...given });
  const backbone = backboneOf(options);
  return runLongTask(IF_STOPPED, async ({ work, warn }) => {
    const { trainModel } = await import('../../trainer/train-model.ts');
    const start = performance.now();
    const { card, ...result } = await trainModel({ data, out, backbone, recipe, warn }, work);
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    const { variant, images, classes } = card.training;
    return {
      model: out,
      name: card.name,
      id: card.graphSha256,
      dim: card.dim,
      variant,
      images,
      classes,
      seconds,
      ...result,
    };
  });
}

function backboneOf({ backbone, features, preprocess, fit, resize, size }: InputOptions): Backbone {
  if (backbone === undefined) {
    if (features !== undefined) throw needsBackbone('--features');
    if (preprocess !== undefined) throw needsBackbone('--preprocess');
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
  if (resize !== undefined && size !== undefined) requireMargin(resize, size);
  return {
    kind: 'onnx',
    path: backbone,
    fit: fit ?? HEAD_DEFAULTS.fit,
    preprocessing: PREPROCESSINGS[preprocess ?? 'imagenet'] as (typeof PREPROCESSINGS)[string],
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

function describe({ model, name, dim, variant, images, classes, losses, seconds }: Answer): string {
  const loss = losses.at(-1)?.toFixed(3) ?? '-';
  return [
    `Trained ${model} (${variant}, ${dim} numbers an image) on ${count(images)} images of ${count(classes)} classes in ${seconds} s; loss ${loss}.`,
    `Index images with it: sinter index FOLDER --model ${model} --gallery ${name}`,
  ].join('\n');
}
