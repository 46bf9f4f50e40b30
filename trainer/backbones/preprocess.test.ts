import { expect, test } from 'vitest';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { tensor } from '../onnx/tensor.ts';
import { appendPreprocessing, PREPROCESSINGS, parsePreprocessing, SYMMETRIC } from './preprocess.ts';

/** Two pixels side by side: 0, 51, 102 and 255, 204, 153. */
const PIXELS = tensor('uint8', Uint8Array.of(0, 51, 102, 255, 204, 153), [1, 1, 2, 3]);

const SCHEMES = { ...PREPROCESSINGS, symmetric: SYMMETRIC };

/** What each makes of red, green and blue, as [red of both pixels, green of both, blue of both]. */
const EXPECTED: Record<string, number[]> = {
  imagenet: [0, 1, 0.2, 0.8, 0.4, 0.6].map((value, i) => {
    const channel = Math.floor(i / 2);
    return (value - [0.485, 0.456, 0.406][channel]) / [0.229, 0.224, 0.225][channel];
  }),
  inception: [-1, 1, -0.6, 0.6, -0.2, 0.2],
  symmetric: [-1, 1, -0.6, 0.6, -0.2, 0.2],
  caffe: [102 - 103.939, 153 - 103.939, 51 - 116.779, 204 - 116.779, 0 - 123.68, 255 - 123.68],
  tf: [-1, 1, -0.6, 0.6, -0.2, 0.2],
  clip: [0, 1, 0.2, 0.8, 0.4, 0.6].map((value, i) => {
    const channel = Math.floor(i / 2);
    const [mean, deviation] = [
      [0.48145466, 0.4578275, 0.40821073],
      [0.26862954, 0.26130258, 0.27577711],
    ];
    return (value - mean[channel]) / deviation[channel];
  }),
  unit: [0, 1, 0.2, 0.8, 0.4, 0.6],
  raw: [0, 255, 51, 204, 102, 153],
};
EXPECTED.dino = EXPECTED.imagenet;

test('each scheme makes of pixels what its family of networks was trained on', async () => {
  const g = new GraphBuilder(emptyGraph('preprocess'));
  g.input('pixels', 'uint8', [1, 1, 2, 3]);
  const names = Object.keys(SCHEMES);
  for (const name of names)
    g.output(
      name,
      appendPreprocessing(g, 'pixels', SCHEMES[name as keyof typeof SCHEMES]),
      'float32',
      [1, 3, 1, 2],
    );
  const results = await runOnce(g.graph, { pixels: PIXELS }, { threads: 1 });
  expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
  for (const name of names) {
    expect(results[name].dims).toEqual([1, 3, 1, 2]);
    EXPECTED[name].forEach((value, i) => {
      expect(results[name].data[i], `${name} ${i}`).toBeCloseTo(value, 4);
    });
  }
});

test('mean and deviation can be given as numbers, for all channels or for each', () => {
  expect(parsePreprocessing('unit')).toBe(PREPROCESSINGS.unit);
  const symmetric = parsePreprocessing('0.5,0.5');
  symmetric.scale.forEach((scale, i) => {
    expect(scale).toBeCloseTo(SYMMETRIC.scale[i], 9);
    expect(symmetric.offset[i]).toBeCloseTo(SYMMETRIC.offset[i], 9);
  });
  expect(parsePreprocessing('0.485,0.456,0.406, 0.229,0.224,0.225')).toEqual(PREPROCESSINGS.imagenet);
  for (const text of ['', 'imagnet', '0.5', '0.5,0', '1,2,3,4', '0.5,', 'a,b'])
    expect(() => parsePreprocessing(text)).toThrow(/one of imagenet, .* got "/);
});
