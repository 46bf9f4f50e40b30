import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { countParameters } from '../../trainer/backbones/network.ts';
import { readShapes } from '../../trainer/onnx/shapes.ts';
import { buildLeNet } from './lenet.ts';

test('the layers are those of the paper', async () => {
  const { graph, parameters, featureDim } = buildLeNet(28, seededRandom(1));
  const shapes = await readShapes(graph, { N: 3 });
  const dimsOf = (op: string) =>
    graph.nodes.filter((node) => node.op === op).map(({ outputs }) => shapes.get(outputs[0])?.dims);
  expect(dimsOf('Conv')).toEqual([
    [3, 32, 28, 28],
    [3, 64, 14, 14],
  ]);
  expect(dimsOf('MaxPool')).toEqual([
    [3, 32, 14, 14],
    [3, 64, 7, 7],
  ]);
  expect(shapes.get('features')).toEqual({ dtype: 'float32', dims: [3, 500] });
  expect(featureDim).toBe(500);
  const trained = 25 * 32 + 32 + 25 * 32 * 64 + 64 + 7 * 7 * 64 * 500 + 500;
  const scaling = 2;
  expect(countParameters(graph)).toBe(trained + scaling);
  expect(parameters).toHaveLength(6);
});
