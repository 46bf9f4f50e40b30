/** `npm run bench -- NAME`: the benches, each against a named peer in one run. */
import { Command, Option } from 'commander';
import { DEVICES } from '../../retrieval/embed/device.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { OPTIMIZER_NAMES } from '../../trainer/optimize/optimizers.ts';
import { example, indexDataOption, jsonOption } from '../commands/shared-options.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { exitCodeOf, reportError } from '../terminal/report-error.ts';
import { AUDIT_DEFAULTS, auditBench } from './audit-bench.ts';
import { clustersBench } from './clusters-bench.ts';
import { DECODING_DEFAULTS, decodingBench } from './decoding-bench.ts';
import { DEVICES_BENCH_DEFAULTS, devicesBench } from './devices-bench.ts';
import { duplicatesBench } from './duplicates-bench.ts';
import { describeAnswer, type Finding, judge } from './finding.ts';
import { HNSW_DEFAULTS, hnswBench } from './hnsw-bench.ts';
import { INDEXING_DEFAULTS, indexingBench } from './indexing-bench.ts';
import { K_MEANS_BENCH_DEFAULTS, kMeansBench } from './kmeans-bench.ts';
import { leaksBench } from './leaks-bench.ts';
import { MAP_DEFAULTS, mapBench } from './map-bench.ts';
import { MEMORY_DEFAULTS, memoryBench } from './memory-bench.ts';
import { NETWORK_NAMES } from './networks/by-name.ts';
import { overheadBench } from './overhead-bench.ts';
import { pageBench } from './page-bench.ts';
import { SERVING_DEFAULTS, servingBench } from './serving-bench.ts';
import { TRAIN_STEP_DEFAULTS, trainStepBench } from './train-step-bench.ts';

const DESCRIPTION = `Measure Sinter against a named peer, in turns within one run.

Machines differ and are busy with other things: the ratio is the result, the times are only what it was made of. Peers in Python are packages of Debian (python3-torch, python3-hnswlib, python3-faiss); where they are absent, what needs them is skipped. PYTHON names another interpreter. The exit code is 1 where a claim does not hold.`;

const EXAMPLE = example(
  'npm run bench -- indexing --images-from photos/',
  'npm run bench -- train-step --json',
  'npm run bench -- hnsw --json',
);

const most = 2 ** 31 - 1;

function program(): Command {
  return new Command('npm run bench --')
    .description(DESCRIPTION)
    .addHelpText('after', EXAMPLE)
    .addCommand(indexingCommand())
    .addCommand(servingCommand())
    .addCommand(overheadCommand())
    .addCommand(decodingCommand())
    .addCommand(devicesCommand())
    .addCommand(trainStepCommand())
    .addCommand(memoryCommand())
    .addCommand(hnswCommand())
    .addCommand(auditCommand())
    .addCommand(kMeansCommand())
    .addCommand(clustersCommand())
    .addCommand(duplicatesCommand())
    .addCommand(leaksCommand())
    .addCommand(mapCommand())
    .addCommand(pageCommand());
}

function overheadCommand(): Command {
  return bench('overhead', 'one search request at a time against decode + embed + HNSW alone', overheadBench)
    .option('--items <count>', 'size of the gallery that is made', wholeNumber('--items', 1000, most), 15_000)
    .option('--gallery <name>', 'search this gallery, by images of its own, instead of making one')
    .addOption(indexDataOption())
    .option('--pairs <count>', 'how many searches of each side', wholeNumber('--pairs', 10, most), 500)
    .option('--k <count>', 'how many neighbours', wholeNumber('--k', 1, 1000), 10);
}

function indexingCommand(): Command {
  const { images, rounds } = INDEXING_DEFAULTS;
  return bench(
    'indexing',
    'JPEG files into a gallery against decoding and running the graph alone',
    indexingBench,
  )
    .option('--images <count>', 'JPEGs to index', wholeNumber('--images', 100, most), images)
    .option('--rounds <count>', 'turns of each side', wholeNumber('--rounds', 1, most), rounds)
    .addOption(imagesFromOption())
    .addOption(measuredModelOption());
}

function servingCommand(): Command {
  const { seconds, clients, items, k } = SERVING_DEFAULTS;
  return bench(
    'serving',
    'searches over HTTP under many clients against decoding and running the graph alone',
    servingBench,
  )
    .option('--seconds <number>', 'how long the clients search', wholeNumber('--seconds', 8, most), seconds)
    .option('--clients <count>', 'searches at a time', wholeNumber('--clients', 1, 1000), clients)
    .option('--items <count>', 'size of the gallery', wholeNumber('--items', 1000, most), items)
    .option('--k <count>', 'how many neighbours', wholeNumber('--k', 1, 1000), k)
    .option('--no-own-core', 'have the server keep no core for one session alone')
    .addOption(imagesFromOption())
    .addOption(measuredModelOption());
}

function decodingCommand(): Command {
  const { processes, images, rounds } = DECODING_DEFAULTS;
  return bench(
    'decoding',
    'JPEG files into pixels, by processes of their own against the threads of one',
    decodingBench,
  )
    .option('--processes <count>', 'processes that decode', wholeNumber('--processes', 1, 256), processes)
    .option('--images <count>', 'images of a turn', wholeNumber('--images', 100, most), images)
    .option('--rounds <count>', 'turns of each side', wholeNumber('--rounds', 1, most), rounds)
    .addOption(imagesFromOption());
}

const imagesFromOption = () =>
  new Option('--images-from <folder>', 'folder of JPEGs to take (default: drawn ones)');

const measuredModelOption = () =>
  new Option('--model <folder>', 'folder of a model (default: MobileNetV2 at 224², untrained)');

function devicesCommand(): Command {
  const { device, network, batches, rounds, turnMs } = DEVICES_BENCH_DEFAULTS;
  return bench('devices', 'embedding on a device against the CPU with all of its cores', devicesBench)
    .addOption(new Option('--device <name>', 'what is measured').choices(DEVICES).default(device))
    .addOption(
      new Option('--network <name>', 'what is embedded with, untrained')
        .choices(NETWORK_NAMES)
        .default(network),
    )
    .addOption(numbersOption('--batches <counts...>', 'images that wait at a time', batches, [1, 1024]))
    .option('--rounds <count>', 'turns of each side', wholeNumber('--rounds', 1, most), rounds)
    .option('--turn-ms <number>', 'milliseconds of a turn', wholeNumber('--turn-ms', 1, most), turnMs)
    .option('--model <folder>', 'folder of a model, instead of a network');
}

/** Whole numbers within the range, those given taking the place of the defaults. */
function numbersOption(flags: string, what: string, defaults: number[], [from, to]: [number, number]) {
  const read = wholeNumber(flags.split(' ')[0] as string, from, to);
  return new Option(flags, what)
    .default(defaults)
    .argParser((text: string, before: number[]) => [...(before === defaults ? [] : before), read(text)]);
}

function trainStepCommand(): Command {
  const { networks, sizes, batchSize, rounds, steps, threads } = TRAIN_STEP_DEFAULTS;
  return bench(
    'train-step',
    'a training step of ResNet-18, ResNet-50 and MobileNetV2 against PyTorch',
    trainStepBench,
  )
    .addOption(
      new Option('--networks <names...>', 'names in torchvision').choices(NETWORK_NAMES).default(networks),
    )
    .addOption(numbersOption('--sizes <pixels...>', 'sides of the images', sizes, [32, 1024]))
    .option('--batch-size <count>', 'images of a step', wholeNumber('--batch-size', 2, 4096), batchSize)
    .option('--rounds <count>', 'turns of each side', wholeNumber('--rounds', 1, most), rounds)
    .option('--steps <count>', 'steps of a turn', wholeNumber('--steps', 1, most), steps)
    .option('--threads <count>', 'threads of each side', wholeNumber('--threads', 1, 256), threads);
}

function memoryCommand(): Command {
  const { batchSize, steps, threads, optimizer, accumulate } = MEMORY_DEFAULTS;
  return bench('memory', 'the memory that training ResNet-50 takes, beside PyTorch', memoryBench)
    .option('--batch-size <count>', 'images of a step', wholeNumber('--batch-size', 2, 4096), batchSize)
    .option('--steps <count>', 'steps of each process', wholeNumber('--steps', 2, most), steps)
    .option('--threads <count>', 'threads of each side', wholeNumber('--threads', 1, 256), threads)
    .addOption(
      new Option('--optimizer <name>', 'what updates the weights')
        .choices(OPTIMIZER_NAMES)
        .default(optimizer),
    )
    .option('--accumulate <count>', 'batches an update', wholeNumber('--accumulate', 1, most), accumulate);
}

function auditCommand(): Command {
  const { count, dim, classSize, rounds } = AUDIT_DEFAULTS;
  return bench('audit', "an exact audit, all against all, against faiss's exact index", auditBench)
    .option('--count <count>', 'vectors', wholeNumber('--count', 1000, most), count)
    .option('--dim <number>', 'length of a vector', wholeNumber('--dim', 2, 4096), dim)
    .option('--class-size <count>', 'vectors of a class', wholeNumber('--class-size', 2, most), classSize)
    .option('--rounds <count>', 'audits of each side', wholeNumber('--rounds', 1, most), rounds);
}

function hnswCommand(): Command {
  const { count, dim, queries, m, efConstruction, efSearch } = HNSW_DEFAULTS;
  return bench('hnsw', "HNSW against the exact index, and against hnswlib's own Python binding", hnswBench)
    .option('--count <count>', 'vectors in the index', wholeNumber('--count', 1000, most), count)
    .option('--dim <number>', 'length of a vector', wholeNumber('--dim', 2, 4096), dim)
    .option('--queries <count>', 'how many searches', wholeNumber('--queries', 100, most), queries)
    .option('--m <number>', 'links of a vector', wholeNumber('--m', 5, 64), m)
    .option(
      '--ef-construction <number>',
      'candidates of an insert',
      wholeNumber('--ef-construction', 5, 1000),
      efConstruction,
    )
    .option('--ef-search <number>', 'candidates of a search', wholeNumber('--ef-search', 10, 2000), efSearch);
}

function kMeansCommand(): Command {
  const { count, dim, k, iterations, restarts, rounds, threads } = K_MEANS_BENCH_DEFAULTS;
  return bench('kmeans', "k-means on the sphere against faiss's", kMeansBench)
    .option('--count <count>', 'vectors to cluster', wholeNumber('--count', 100, most), count)
    .option('--dim <number>', 'length of a vector', wholeNumber('--dim', 2, 4096), dim)
    .option('--k <count>', 'clusters', wholeNumber('--k', 2, most), k)
    .option(
      '--iterations <count>',
      'most rounds of a beginning',
      wholeNumber('--iterations', 1, 1000),
      iterations,
    )
    .option(
      '--restarts <count>',
      'beginnings of which the best counts',
      wholeNumber('--restarts', 1, 100),
      restarts,
    )
    .option('--rounds <count>', 'turns of each side', wholeNumber('--rounds', 1, 100), rounds)
    .option('--threads <count>', 'threads of each side', wholeNumber('--threads', 1, 256), threads);
}

function clustersCommand(): Command {
  return bench('clusters', 'how well clusters of a labelled gallery are its labels', clustersBench)
    .option('--gallery <name>', 'gallery whose items have labels', 'emoji')
    .addOption(indexDataOption())
    .option('--restarts <count>', 'beginnings of k-means', wholeNumber('--restarts', 1, 100), 3);
}

function pageCommand(): Command {
  return bench('page', 'how the page of a gallery feels in a browser', pageBench)
    .option('--gallery <name>', 'gallery that is shown', 'emoji')
    .addOption(indexDataOption());
}

function duplicatesCommand(): Command {
  return bench('duplicates', 'which planted copies are found as near duplicates', duplicatesBench)
    .requiredOption('--data <folder>', 'images to plant copies of')
    .requiredOption('--model <folder>', 'model to embed them with')
    .option('--originals <count>', 'images, drawn by the seed', wholeNumber('--originals', 10, most), 1000)
    .option(
      '--copied <count>',
      'how many of them are copied, in every kind',
      wholeNumber('--copied', 1, most),
      250,
    );
}

function leaksCommand(): Command {
  return bench('leaks', 'which planted copies an audit finds in a test', leaksBench)
    .requiredOption('--data <folder>', 'images to plant copies of')
    .option(
      '--originals <count>',
      'images of training, drawn by the seed, and as many of the test',
      wholeNumber('--originals', 10, most),
      1000,
    )
    .option(
      '--copied <count>',
      'how many of them are copied, in every kind',
      wholeNumber('--copied', 1, most),
      150,
    );
}

function mapCommand(): Command {
  return bench('map', 'how long a map takes to draw, and how evenly the page moves it', mapBench)
    .option('--items <count>', 'size of the gallery', wholeNumber('--items', 100, most), MAP_DEFAULTS.items)
    .addOption(imagesFromOption());
}

type Common = { seed: number; json?: true };

function bench<Options extends Common>(
  name: string,
  summary: string,
  run: (options: Options, work: LongWork) => Promise<Finding>,
): Command {
  return new Command(name)
    .description(`Measure ${summary}.`)
    .summary(summary)
    .option('--seed <number>', 'decides everything that is random', wholeNumber('--seed', 0, most), 1)
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const finding = await runLongTask('Nothing was measured.', ({ work }) => run(options, work));
      const answer = judge(finding);
      printAnswer(options.json, answer, describeAnswer);
      if (answer.holds === false) process.exitCode = 1;
    });
}

try {
  await program().parseAsync();
} catch (error) {
  reportError(error);
  process.exitCode = exitCodeOf(error);
}
