import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { runOnce } from '../onnx/runner.ts';
import { floats, tensor } from '../onnx/tensor.ts';
import { importBackbone, withPreprocessing } from './import-backbone.ts';
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
  const backbone = await importBackbone(path, { size: 4 });
  const pixels = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i % 3) * 10 + 5);
  for (const [name, values] of Object.entries(expected)) {
    const { graph } = withPreprocessing(backbone, PREPROCESSINGS[name]);
    const { features } = await runOnce(graph, { pixels: tensor('uint8', pixels, [1, 4, 4, 3]) });
    values.forEach((value, i) => {
      expect(features.data[i]).toBeCloseTo(value, 3);
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
  await expect(unknown).rejects.toThrow(
    /makes no value "pool5". Its outputs are features, logits\..*GlobalAveragePool/,
  );
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
  const volume = await writeBackbone('volume', ['N', 3, 4, 4], (g, map) => {
    g.output('volume', g.op('Unsqueeze', [map, g.ints([4])]), 'float32', []);
  });
  await expect(importBackbone(volume, { preprocessing: AS_IS })).rejects.toThrow(
    /got \[1,3,4,4,1\] for a batch of 1.*--features/,
  );
  const dead = await writeBackbone('dead', ['N', 3, 'H', 'W'], (g, map) => {
    g.output('y', g.op('Clip', [map, g.floats(-1), g.floats(0)]), 'float32', []);
  });
  await expect(importBackbone(dead, { preprocessing: AS_IS, size: 8 })).rejects.toThrow(
    /same for two quite different images/,
  );
  const infinite = await writeBackbone('infinite', ['N', 3, 'H', 'W'], (g, map) => {
    g.output('y', g.op('Exp', [g.op('Mul', [map, g.floats(1e6)])]), 'float32', []);
  });
  await expect(importBackbone(infinite, { preprocessing: AS_IS, size: 8 })).rejects.toThrow(
    /no finite numbers/,
  );
  const guided = await writeBackbone('guided', ['N', 3, 'H', 'W'], (g, map) => {
    g.input('strength', 'float32', []);
    g.output('y', g.op('Mul', [map, 'strength']), 'float32', []);
  });
  await expect(importBackbone(guided, { preprocessing: AS_IS })).rejects.toThrow(
    /also need strength float32/,
  );
  await expect(importBackbone(join(folder, 'none.onnx'), { preprocessing: AS_IS })).rejects.toMatchObject({
    code: 'not-found',
  });
});

/** A classifier of 5 classes on a 2-number average, its file fixed to one image as exporters without dynamic axes write it. */
function classify(g: GraphBuilder, map: Value, target: number[]): void {
  const pooled = g.op('GlobalAveragePool', [
    g.op('Conv', [map, g.constant(floats([1, 0, 0, 0, 1, 0], [2, 3, 1, 1]), 'stem.weight')]),
  ]);
  const flat = g.op('Dropout', [g.reshape(pooled, target)]);
  const weight = g.constant(
    floats(
      Array.from({ length: 10 }, (_, i) => i),
      [5, 2],
    ),
    'fc.weight',
  );
  const logits = g.op('Gemm', [flat, weight, g.floats([0, 1, 2, 3, 4])], { transB: 1 });
  g.output('logits', g.op('Softmax', [logits]), 'float32', []);
}

test('a classifier is left out, and a batch that the file fixes is freed', async () => {
  for (const target of [
    [1, -1],
    [1, 2],
  ]) {
    const path = await writeBackbone(`classifier${target}`, [1, 3, 4, 4], (g, map) =>
      classify(g, map, target),
    );
    const backbone = await importBackbone(path, { preprocessing: AS_IS });
    expect(backbone.notes[0]).toBe(
      'Classifier `fc` (5 classes) left out; features are `Dropout`, 2 numbers.',
    );
    expect(backbone.layers).toEqual([
      { name: expect.any(String), parameters: ['constant'] },
      { name: 'stem', parameters: ['stem.weight'] },
    ]);
    const pixels = Uint8Array.from({ length: 3 * 4 * 4 * 3 }, (_, i) => Math.floor(i / 48) * 20 + (i % 3));
    const { features } = await runOnce(backbone.graph, { pixels: tensor('uint8', pixels, [3, 4, 4, 3]) });
    expect(features.dims).toEqual([3, 2]);
    expect([...(features.data as Float32Array)]).toEqual([0, 2, 40, 42, 80, 82]);
  }
  const path = join(folder, 'classifier1,2.onnx');
  const whole = await importBackbone(path, { preprocessing: PREPROCESSINGS.unit, features: 'logits' });
  expect(whole.featureDim).toBe(5);
});

/** Tokens of 2 × 2 patches with a class token before them and positions added, fixed to one image and to 4 × 4 pixels. */
function patchTokens(g: GraphBuilder, map: Value): Value {
  const patches = g.op(
    'Conv',
    [
      map,
      g.constant(
        floats(
          new Array(4 * 3 * 4).fill(0).map((_, i) => (i % 5) / 10),
          [4, 3, 2, 2],
        ),
        'patch.weight',
      ),
    ],
    { strides: [2, 2] },
  );
  const tokens = g.transpose(g.reshape(patches, [1, 4, 4]), [0, 2, 1]);
  const joined = g.op('Concat', [g.constant(floats([1, 2, 3, 4], [1, 1, 4]), 'class_token'), tokens], {
    axis: 1,
  });
  return g.op('Add', [
    joined,
    g.constant(
      floats(
        Array.from({ length: 20 }, (_, i) => i / 10),
        [1, 5, 4],
      ),
      'positions',
    ),
  ]);
}

test('of tokens the class token is taken where there is one, else their average', async () => {
  const withToken = await writeBackbone('vit', [1, 3, 4, 4], (g, map) => {
    const tokens = patchTokens(g, map);
    // Heads of attention, each of two numbers, first before the images as PyTorch's exports have them.
    const split = g.reshape(g.transpose(tokens, [1, 0, 2]), [5, 2, 2]);
    const mixed = g.op('MatMul', [
      g.op('Softmax', [g.op('MatMul', [g.transpose(split, [1, 0, 2]), g.transpose(split, [1, 2, 0])])]),
      g.transpose(split, [1, 0, 2]),
    ]);
    g.output(
      'tokens',
      g.transpose(g.reshape(g.transpose(mixed, [1, 0, 2]), [5, 1, 4]), [1, 0, 2]),
      'float32',
      [],
    );
  });
  const backbone = await importBackbone(withToken, { preprocessing: PREPROCESSINGS.unit });
  expect(backbone.notes).toEqual([
    'Features are the class token of `tokens`, 4 numbers.',
    'Batches of any size are made possible where the file fixes theirs.',
  ]);
  expect(backbone.layers.at(-1)).toEqual({
    name: 'patch',
    parameters: ['patch.weight', 'class_token', 'positions'],
  });

  const without = await writeBackbone('mixer', ['N', 3, 4, 4], (g, map) => {
    g.output('tokens', g.transpose(g.op('Reshape', [map, g.ints([0, 3, -1])]), [0, 2, 1]), 'float32', []);
  });
  expect(await featuresOf(without, { preprocessing: AS_IS })).toEqual([10, 30, 50]);
});

test('a size that the weights force cannot be changed, another fixed size can', async () => {
  const vit = await writeBackbone('forced', [1, 3, 4, 4], (g, map) => {
    g.output('tokens', patchTokens(g, map), 'float32', []);
  });
  await expect(importBackbone(vit, { preprocessing: AS_IS, size: 8 })).rejects.toThrow(
    /made for 4 × 4.*leave --size out/,
  );
  const conv = await writeBackbone('convolutional', [1, 3, 4, 4], mapAsOutput);
  expect(await importBackbone(conv, { preprocessing: AS_IS, size: 8 })).toMatchObject({
    inputSize: 8,
    featureDim: 3,
  });
});

test('a graph that mixes the images of a batch is refused', async () => {
  const path = await writeBackbone('mixing', ['N', 3, 'H', 'W'], (g, map) => {
    const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [map])]);
    const ofAll = g.reduce('ReduceMean', pooled, [0], true);
    g.output('features', g.op('Add', [pooled, ofAll]), 'float32', ['N', 3]);
  });
  await expect(importBackbone(path, { preprocessing: AS_IS, size: 8 })).rejects.toThrow(
    /does not take any number of images: in a batch of two an image's features differ/,
  );
});

test('a graph that scales pixels by itself gets them as they are', async () => {
  const scaled = async (name: string, scale: (g: GraphBuilder, x: Value) => Value) => {
    const g = new GraphBuilder(emptyGraph('net'));
    const x = g.input('image', 'float32', ['N', 8, 8, 3]);
    const map = g.transpose(scale(g, x), [0, 3, 1, 2]);
    mapAsOutput(g, g.op('Conv', [map, g.constant(floats([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 1]), 'w')]));
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, encodeModel(g.graph));
    return importBackbone(path);
  };
  const inception = await scaled('keras', (g, x) =>
    g.op('Sub', [g.op('Div', [x, g.floats(127.5)]), g.floats(1)]),
  );
  expect(inception).toMatchObject({ preprocessing: PREPROCESSINGS.raw, preprocessingFrom: 'graph' });
  expect(inception.notes.join()).toMatch(/scales pixels by itself/);
  expect(inception.layers.map(({ parameters }) => parameters)).toEqual([['w']]);
  const standard = await scaled('standard', (g, x) =>
    g.op('Div', [g.op('Sub', [x, g.floats([0.485, 0.456, 0.406])]), g.floats([0.229, 0.224, 0.225])]),
  );
  expect(standard).toMatchObject({ preprocessing: PREPROCESSINGS.unit, preprocessingFrom: 'graph' });
  const plain = await scaled('plain', (_, x) => x);
  expect(plain).toMatchObject({ preprocessing: PREPROCESSINGS.imagenet, preprocessingFrom: 'default' });
});
