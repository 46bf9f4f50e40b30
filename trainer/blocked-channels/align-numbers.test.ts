import { expect, test } from 'vitest';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { readShapes } from '../onnx/shapes.ts';
import { floats } from '../onnx/tensor.ts';
import { alignNumbers } from './align-numbers.ts';

test('numbers get the axes of weights that end in an axis of size 1, and results stay', async () => {
  const g = new GraphBuilder(emptyGraph('update'));
  const w = g.input('w', 'float32', [2, 3, 1, 1]);
  const k = g.input('k', 'float32', [2, 3]);
  const rate = g.input('rate', 'float32', []);
  const perOutput = g.input('perOutput', 'float32', [3, 1, 1]);
  const scaled = g.op('Mul', [g.op('Sub', [w, rate]), g.op('Add', [w, perOutput])]);
  g.output('scaled', g.op('Mul', [scaled, rate]), 'float32', [2, 3, 1, 1]);
  g.output('matrix', g.op('Mul', [k, rate]), 'float32', [2, 3]);
  const aligned = alignNumbers(g.graph, await readShapes(g.graph));

  const six = [1, 2, 3, 4, 5, 6];
  const feeds = {
    w: floats(six, [2, 3, 1, 1]),
    k: floats(six, [2, 3]),
    rate: floats(2),
    perOutput: floats([1, 0, -1], [3, 1, 1]),
  };
  const expected = six.map((value, i) => (value - 2) * (value + [1, 0, -1][i % 3]) * 2);
  const { scaled: result, matrix } = await runOnce(aligned, feeds, { threads: 1 });
  expect(Array.from(result.data as Float32Array)).toEqual(expected);
  expect(Array.from(matrix.data as Float32Array)).toEqual(six.map((value) => value * 2));
  const reads = aligned.nodes.filter(({ inputs }) => inputs.includes('rate')).map(({ op }) => op);
  // Once as a number of four axes, and as it is by the matrix.
  expect(reads).toEqual(['Reshape', 'Mul']);
});
