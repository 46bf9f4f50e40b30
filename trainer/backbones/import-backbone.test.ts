import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { runOnce } from '../onnx/runner.ts';
import { floats, tensor } from '../onnx/tensor.ts';
import { importBackbone } from './import-backbone.ts';
import { PREPROCESSINGS, type Preprocessing } from './preprocess.ts';

const AS_IS: Preprocessing = { scale: [1, 1, 1], offset: [0, 0, 0] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-backbone-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a backbone whose one convolution passes the three channels on, twice as large. */
async function writeBackbone(
  name: string,
  input: (number | string)[],
  finish: (g: GraphBuilder, map: Value) => void,
): Promise<string> {
  const g = new GraphBuilder(emptyGraph('net'));
  const image = g.input('image', 'float32', input);
  const map = input[3] === 3 ? g.transpose(image, [0, 3, 1, 2]) : image;
  const double = floats([2, 0, 0, 0, 2, 0, 0, 0, 2], [3, 3, 1, 1]);
  finish(g, g.op('Conv', [map, g.constant(double)], { kernel_shape: [1, 1] }));
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, encodeModel(g.graph));
  return path;
}

const mapAsOutput = (g: GraphBuilder, map: Value) => void g.output('map', map, 'float32', ['N', 3, 'H', 'W']);

async function featuresOf(path: string, options: Parameters<typeof importBackbone>[1]): Promise<number[]> {
  const { graph } = await importBackbone(path, options);
  const pixels = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i % 3) * 10 + 5);
  const { features } = await runOnce(graph, { pixels: tensor('uint8', pixels, [1, 4, 4, 3]) });
  return [...(features.data as Float32Array)];
}

test('channels first or last, a feature map is averaged to features', async () => {
  for (const input of [
    ['N', 3, 'H', 'W'],
    [1, 4, 4, 3],
  ]) {
    const path = await writeBackbone(`layout-${input.length}-${input[3]}`, input, mapAsOutput);
    expect(await featuresOf(path, { preprocessing: AS_IS, size: 4 })).toEqual([10, 30, 50]);
  }
});

test('the size of the input is what the graph says, else 224', async () => {
  const fixed = await writeBackbone('fixed', ['N', 3, 96, 96], mapAsOutput);
  expect(await importBackbone(fixed, { preprocessing: AS_IS })).toMatchObject({
    inputSize: 96,
    featureDim: 3,
    name: 'fixed',
  });
  const free = await writeBackbone('free', ['N', 3, 'H', 'W'], mapAsOutput);
  expect((await importBackbone(free, { preprocessing: AS_IS })).inputSize).toBe(224);
});

test('pixels become what a family of networks was trained on', async () => {
  const path = await writeBackbone('families', ['N', 3, 'H', 'W'], mapAsOutput);
  const expected = {
    inception: [5, 15, 25].map((x) => 2 * (x / 127.5 - 1)),
    unit: [5, 15, 25].map((x) => (2 * x) / 255),
    caffe: [2 * (25 - 103.939), 2 * (15 - 116.779), 2 * (5 - 123.68)],
    imagenet: [5, 15, 25].map(
      (x, i) => (2 * (x / 255 - [0.485, 0.456, 0.406][i])) / [0.229, 0.224, 0.225][i],
    ),
  };
  for (const [name, values] of Object.entries(expected)) {
    const features = await featuresOf(path, { preprocessing: PREPROCESSINGS[name], size: 4 });
    features.forEach((value, i) => {
      expect(value).toBeCloseTo(values[i], 3);
    });
  }
});

test('of several outputs the one called features is taken, or the value that is named', async () => {
  const path = await writeBackbone('several', ['N', 3, 'H', 'W'], (g, map) => {
    const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [map])]);
    g.output('features', pooled, 'float32', ['N', 3]);
    g.output('logits', g.op('Mul', [pooled, g.floats(-1)]), 'float32', ['N', 3]);
  });
  expect(await featuresOf(path, { preprocessing: AS_IS, size: 4 })).toEqual([10, 30, 50]);
  expect(await featuresOf(path, { preprocessing: AS_IS, size: 4, features: 'logits' })).toEqual([
    -10, -30, -50,
  ]);
  const unknown = importBackbone(path, { preprocessing: AS_IS, features: 'pool5' });
  await expect(unknown).rejects.toThrow('makes no value "pool5". Its outputs are features, logits.');
});

test('what is no backbone is refused with what was found', async () => {
  const two = await writeBackbone('two', ['N', 3, 'H', 'W'], (g, map) => {
    g.output('a', map, 'float32', []);
    g.output('b', g.op('Relu', [map]), 'float32', []);
  });
  await expect(importBackbone(two, { preprocessing: AS_IS })).rejects.toThrow(
    /Expected one output .* found a, b/,
  );
  const grey = await writeBackbone('grey', ['N', 1, 28, 28], mapAsOutput);
  await expect(importBackbone(grey, { preprocessing: AS_IS })).rejects.toThrow(
    /Expected 3 colour channels .* \[N,1,28,28\]/,
  );
  const tokens = await writeBackbone('tokens', ['N', 3, 4, 4], (g, map) => {
    g.output('tokens', g.op('Reshape', [map, g.ints([0, 3, 16])]), 'float32', []);
  });
  await expect(importBackbone(tokens, { preprocessing: AS_IS })).rejects.toThrow(
    /got \[2,3,16\] for a batch of 2.*--features/,
  );
  await expect(importBackbone(join(folder, 'none.onnx'), { preprocessing: AS_IS })).rejects.toMatchObject({
    code: 'not-found',
  });
});
