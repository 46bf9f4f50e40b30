import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { readShapes } from '../onnx/shapes.ts';
import { countParameters } from './network.ts';
import { buildResidualNetwork, type ResidualNetwork } from './residual-network.ts';

const SMALL: ResidualNetwork = {
  size: 16,
  widths: [4, 8],
  blocks: [1, 2],
  stem: { kernel: 3, stride: 1 },
  pooling: 'average',
};

test.each<[string, ResidualNetwork, number]>([
  ['averaged', SMALL, 8],
  ['flattened', { ...SMALL, pooling: 'flatten' }, 8 * 8 * 8],
  [
    'flattened from an odd side',
    { ...SMALL, size: 17, pooling: 'flatten', widths: [4, 6, 8], blocks: [0, 1, 1] },
    8 * 25,
  ],
  ['behind a large stem', { ...SMALL, size: 20, stem: { kernel: 5, stride: 2 }, pooling: 'flatten' }, 8 * 25],
])('features %s are as many as the network says', async (_, spec, expected) => {
  const network = buildResidualNetwork(spec, seededRandom(1));
  expect(network.featureDim).toBe(expected);
  const shapes = await readShapes(network.graph, { N: 3 });
  expect(shapes.get('features')).toEqual({ dtype: 'float32', dims: [3, expected] });
});

test('everything is trained but running statistics and the scaling of pixels', () => {
  const { graph, parameters } = buildResidualNetwork(SMALL, seededRandom(1));
  const frozen = [...graph.initializers.keys()].filter((name) => !parameters.includes(name));
  expect(frozen.filter((name) => !/running_(mean|variance)|^preprocess\//.test(name))).toEqual([]);
  expect(parameters.filter((name) => !graph.initializers.has(name))).toEqual([]);
  // The stem; a block of equal width; a block that halves, with its shortcut; another. Norms have four vectors each.
  const norm = (width: number) => 4 * width;
  const stem = 3 * 4 * 9 + norm(4);
  const equal = (width: number) => 2 * (width * width * 9 + norm(width));
  const halving = 4 * 8 * 9 + 8 * 8 * 9 + 4 * 8 + 3 * norm(8);
  const preprocess = 6;
  expect(countParameters(graph)).toBe(stem + equal(4) + halving + equal(8) + preprocess);
});

test('the same seed gives the same weights', () => {
  const weights = (seed: number) =>
    buildResidualNetwork(SMALL, seededRandom(seed)).graph.initializers.get('stem/weight');
  expect(weights(1)).toEqual(weights(1));
  expect(weights(1)).not.toEqual(weights(2));
});
