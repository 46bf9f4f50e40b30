import { expect, test } from 'vitest';
import { emptyGraph } from '../../onnx/graph.ts';
import { float, GraphBuilder } from '../../onnx/graph-builder.ts';
import { readShapes } from '../../onnx/shapes.ts';
import { appendGradients } from '../append-gradients.ts';

test('what an Attention may have besides a bias is refused, all of it by name', async () => {
  const g = new GraphBuilder(emptyGraph('test', { '': 23 }));
  const [q, k] = ['q', 'k'].map((name, i) => g.input(name, 'float32', [1, 2 - i, 3, 4]));
  const y = g.op('Attention', [q, k, k], { is_causal: 1, softcap: float(2) });
  const shapes = await readShapes(g.graph);
  expect(() => appendGradients(g, y, [q], shapes)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/is_causal 1, softcap 2, 2 heads of queries for 1 of keys/),
    }),
  );
});
