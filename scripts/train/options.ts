/** The options that say how a model is trained: those of `sinter train`, and by the same names the settings of a study. */
import { Command, Option } from 'commander';
import { PREPROCESSINGS } from '../../trainer/backbones/preprocess.ts';
import { HEAT_UP_AT, SCHEDULES } from '../../trainer/heat/schedule.ts';
import { VARIANTS } from '../../trainer/heat/variants.ts';
import { OPTIMIZER_NAMES } from '../../trainer/optimize/optimizers.ts';
import type { RecipeOptions } from '../../trainer/recipe.ts';
import type { Backbone } from '../../trainer/source.ts';
import { numberFromZero, positiveNumber, shareBelowOne, wholeNumber } from '../terminal/option-parsers.ts';
import { FINE_TUNING_DEFAULTS, HEAD_DEFAULTS, NETWORK_DEFAULTS } from './defaults.ts';

export type InputOptions = {
  backbone?: string;
  train?: string;
  features?: string;
  preprocess?: string;
  fit?: Backbone['fit'];
  resize?: number;
  size?: number;
};

/** What is not about the images' way into the network is the recipe's, under the recipe's names. */
export type TrainOptions = InputOptions & Partial<RecipeOptions> & { seed: number };

export function addTrainOptions(command: Command): Command {
  addInputOptions(command);
  addLossOptions(command);
  addOptimizerOptions(command);
  addValidationOptions(command);
  return command.option(
    '--seed <number>',
    'the same seed gives the same model',
    wholeNumber('--seed', 0, 2 ** 31 - 1),
    1,
  );
}

/** Settings as a study's file has them, by the options' names in camel case, read as if they stood on the command line. */
export function optionsOfSettings(settings: Record<string, string | number | boolean>): TrainOptions {
  const words = Object.entries(settings).flatMap(([name, value]) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value === false) return [`--no-${flag}`];
    return value === true ? [`--${flag}`] : [`--${flag}`, String(value)];
  });
  const command = addTrainOptions(new Command('settings'));
  return command.parse(words, { from: 'user' }).opts();
}

function addInputOptions(command: Command): void {
  command
    .optionsGroup('Network and its input:')
    .option('--backbone <file>', 'ONNX network to start from (default: a small network from nothing)')
    .option(
      '--train <scope>',
      'of the backbone: head (nothing), last:N (its last N layers with weights) or all',
      'head',
    )
    .option('--features <value>', 'value of the backbone to take (default: found by itself)')
    .option(
      '--preprocess <scaling>',
      `what the backbone expects of pixels: auto, mean and deviation such as 0.5,0.5, or ${Object.keys(PREPROCESSINGS).join(', ')}`,
      'auto',
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
      'side before a square of the size is cut out (default: 256/224 of the size with --backbone, else the size)',
      wholeNumber('--resize', 8, 4096),
    );
}

function addLossOptions(command: Command): void {
  command
    .optionsGroup('Embedding and loss:')
    .addOption(choice('--variant <name>', variantHelp(), Object.keys(VARIANTS)))
    .option('--dim <count>', byDefault('length of an embedding', 'dim'), wholeNumber('--dim', 2, 4096))
    .addOption(choice('--schedule <name>', scheduleHelp(), Object.keys(SCHEDULES)))
    .option(
      '--alpha <number>',
      'α = 1/temperature, the factor on similarities (default: 16; each other loss its own)',
      positiveNumber('--alpha'),
    )
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
      'share of the labels spread over all classes (default: 0.1 for sm-ls, else 0)',
      shareBelowOne('--label-smoothing'),
    )
    .option(
      '--images-per-class <count>',
      'draw batches class by class, so many images of each (default: 4 for losses on pairs and some on proxies)',
      wholeNumber('--images-per-class', 2, 256),
    )
    .addOption(
      choice('--initialisation <start>', byDefault('where the bottleneck starts', 'initialisation'), [
        'whitened',
        'pca',
        'chance',
      ]),
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
      '--accumulate <count>',
      'batches whose gradients an update averages (default: 1)',
      wholeNumber('--accumulate', 1, 4096),
    )
    .addOption(
      choice('--optimizer <name>', 'how gradients move weights (default: sgd)', [...OPTIMIZER_NAMES]),
    )
    .option(
      '--learning-rate <number>',
      byDefault(
        `of the head; of plain softmax ${HEAD_DEFAULTS.plainLearningRate} with --backbone`,
        'learningRate',
      ),
      positiveNumber('--learning-rate'),
    )
    .option(
      '--backbone-rate <factor>',
      `factor on it for the backbone (default: ${FINE_TUNING_DEFAULTS.recipe.backboneRate})`,
      numberFromZero('--backbone-rate'),
    )
    .option('--momentum <share>', byDefault('of sgd and rmsprop', 'momentum'), shareBelowOne('--momentum'))
    .option('--epsilon <number>', 'of adam, adamw and rmsprop (default: 1e-8)', positiveNumber('--epsilon'))
    .option(
      '--weight-decay <number>',
      byDefault('pull of weights towards 0', 'weightDecay'),
      numberFromZero('--weight-decay'),
    )
    .option(
      '--clip-norm <length>',
      'shorten longer gradients to this (default: none)',
      positiveNumber('--clip-norm'),
    )
    .option(
      '--warm-up-epochs <number>',
      byDefault('learning rate climbs from 0', 'warmUpEpochs'),
      numberFromZero('--warm-up-epochs'),
    )
    .addOption(
      choice('--decay <course>', byDefault('learning rate until the heat-up', 'decay'), [
        'constant',
        'cosine',
      ]),
    )
    .addOption(
      choice(
        '--norms <rule>',
        "a trained backbone's norms go by their batch, or stay as they are (default: frozen)",
        ['trained', 'frozen'],
      ),
    )
    .option('--settle-norms', 'go once through the images at learning rate 0 first, to settle the norms');
}

function addValidationOptions(command: Command): void {
  command
    .optionsGroup('Validation, on images that are not trained on (a split `val` of the set goes before):')
    .option(
      '--hold-out-classes <share>',
      byDefault('share of the classes to hold out', 'holdOutClasses'),
      shareBelowOne('--hold-out-classes'),
    )
    .option(
      '--hold-out-images <share>',
      byDefault('share of the images of all other classes', 'holdOutImages'),
      shareBelowOne('--hold-out-images'),
    )
    .addOption(choice('--keep <epoch>', byDefault('whose values become the model', 'keep'), ['best', 'last']))
    .option(
      '--blend <share>',
      byDefault(
        'how far the model goes from its start to where training leads: 1 serves the classes trained on best, less keeps more of others',
        'blend',
      ),
      positiveNumber('--blend'),
    )
    .option(
      '--patience <epochs>',
      'stop, or heat up with --schedule auto, after so many epochs without a gain (default: none; auto: an eighth)',
      wholeNumber('--patience', 1, 100_000),
    );
}

function choice(flags: string, description: string, names: string[]): Option {
  return new Option(flags, description).choices(names);
}

function variantHelp(): string {
  const titles = Object.entries(VARIANTS).map(([name, { title }]) => `${name}: ${title}`);
  return byDefault(titles.join('; '), 'variant');
}

function scheduleHelp(): string {
  const titles = Object.entries(SCHEDULES).map(([name, title]) => `${name}: ${title}`);
  return `course of α and learning rate (default: step for heated-up variants, else constant); ${titles.join('; ')}`;
}

/** The default stands in the help, one for each way to train where they differ. */
function byDefault(text: string, key: keyof typeof HEAD_DEFAULTS.recipe): string {
  const [head, tuned, network] = [HEAD_DEFAULTS, FINE_TUNING_DEFAULTS, NETWORK_DEFAULTS].map(({ recipe }) =>
    String(recipe[key]),
  );
  if (head === tuned && head === network) return `${text} (default: ${head})`;
  const ofBackbone = head === tuned ? `${head} with --backbone` : `${head} for a head, ${tuned} for more`;
  return `${text} (default: ${ofBackbone}, ${network} without --backbone)`;
}
