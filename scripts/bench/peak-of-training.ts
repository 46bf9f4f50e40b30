/** Trains ResNet-50 for some steps and prints the most memory that this process has held: what the bench `memory` starts. */
import { readFileSync } from 'node:fs';
import { seededRandom } from '../../retrieval/random.ts';
import { copyGraph, type Graph, type Value } from '../../trainer/onnx/graph.ts';
import { GraphBuilder } from '../../trainer/onnx/graph-builder.ts';
import { floats, type Tensor, tensor } from '../../trainer/onnx/tensor.ts';
import { AVERAGED_OVER, batchesToAverage } from '../../trainer/optimize/accumulation.ts';
import type { OptimizerSettings } from '../../trainer/optimize/optimizers.ts';
import { StepRunner } from '../../trainer/optimize/step-runner.ts';
import { buildTrainingStep } from '../../trainer/optimize/training-step.ts';
import type { MemoryBench } from './memory-bench.ts';
import { buildResNet50 } from './networks/resnet.ts';

export type TrainingRun = MemoryBench & { size: number };

/** In MB; `stages` are the peaks until each of them was done. */
export type PeakOfTraining = { parameters: number; peakMb: number; stages: Record<string, number> };

const CLASSES = 1000;
const MOMENTUM = 0.9;

async function train(run: TrainingRun): Promise<PeakOfTraining> {
  const { size, batchSize, steps, threads, accumulate, seed } = run;
  const stages: Record<string, number> = {};
  const { graph, parameters } = network(size, batchSize, seed);
  const step = await buildTrainingStep(graph, {
    sizes: { N: batchSize },
    groups: [{ names: parameters, rate: 1, weightDecay: 1e-4 }],
    optimizer: settingsOf(run.optimizer),
    accumulate,
  });
  stages['the step is built'] = peakMegabytes();
  const runner = await StepRunner.open(step, { threads });
  stages['it is loaded'] = peakMegabytes();
  const feeds = Array.from({ length: steps }, (_, i) => ({
    ...batchOf(size, batchSize),
    ...(accumulate > 1 && { [AVERAGED_OVER]: floats(batchesToAverage(i, steps, accumulate)) }),
  }));
  await runner.run(feeds.slice(0, 1), ['loss']);
  stages['the first step'] = peakMegabytes();
  // As many in one go as training takes where they are short, which they are on a faster machine.
  const { mostSteps } = runner;
  for (let i = 1; i < steps; i += mostSteps) await runner.run(feeds.slice(i, i + mostSteps), ['loss']);
  stages['the last step'] = peakMegabytes();
  await runner.readState();
  stages['the state is read'] = peakMegabytes();
  await runner.close();
  const count = parameters.reduce((sum, name) => sum + (graph.initializers.get(name)?.data.length ?? 0), 0);
  return { parameters: count, peakMb: peakMegabytes(), stages };
}

/** ResNet-50 with a linear classifier and softmax, image number i of a batch being of class i. */
function network(size: number, batchSize: number, seed: number): { graph: Graph; parameters: Value[] } {
  const { graph, parameters, featureDim } = buildResNet50(size, seededRandom(seed));
  const g = new GraphBuilder({ ...copyGraph(graph), outputs: [] });
  const weight = g.parameter(floats(new Float32Array(featureDim * CLASSES), [featureDim, CLASSES]), 'weight');
  const bias = g.parameter(floats(new Float32Array(CLASSES)), 'bias');
  const logits = g.op('Add', [g.op('MatMul', ['features', weight]), bias]);
  const truth = Float32Array.from({ length: batchSize * CLASSES }, (_, i) =>
    Number(i % CLASSES === Math.floor(i / CLASSES)),
  );
  const chosen = g.op('Mul', [
    g.op('LogSoftmax', [logits], { axis: 1 }),
    g.floats(Array.from(truth), [batchSize, CLASSES]),
  ]);
  const losses = g.op('Neg', [g.reduce('ReduceSum', chosen, [1], false)]);
  g.output('loss', g.reduce('ReduceMean', losses, [0], false), 'float32', []);
  return { graph: g.graph, parameters: [...parameters, ...g.parameters] };
}

function settingsOf(name: MemoryBench['optimizer']): OptimizerSettings {
  return name === 'sgd' ? { name, momentum: MOMENTUM } : { name };
}

function batchOf(size: number, batchSize: number): Record<Value, Tensor> {
  const dims = [batchSize, size, size, 3];
  const pixels = Uint8Array.from({ length: batchSize * size * size * 3 }, (_, i) => (i * 7919) % 256);
  return { pixels: tensor('uint8', pixels, dims), learning_rate: floats(0.001) };
}

function peakMegabytes(): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
}

process.stdout.write(JSON.stringify(await train(JSON.parse(process.argv[2] as string))));
