import { expect, test } from 'vitest';
import { emptyGraph } from '../../onnx/graph.ts';
import { type AttributeInput, GraphBuilder } from '../../onnx/graph-builder.ts';
import { readShapes } from '../../onnx/shapes.ts';
import { appendGradients } from '../append-gradients.ts';

test.each<[string, Record<string, AttributeInput>, RegExp]>([
  ['against aliasing', { mode: 'linear', antialias: 1 }, /antialias 1/],
  ['that keeps the aspect', { keep_aspect_ratio_policy: 'not_larger' }, /not_larger/],
])('a Resize %s is refused by name', async (_, attributes, message) => {
  const g = new GraphBuilder(emptyGraph('test'));
  g.input('x', 'float32', [1, 2, 4, 4]);
  const y = g.op('Resize', ['x', '', '', g.ints([1, 2, 2, 2])], attributes);
  const shapes = await readShapes(g.graph);
  expect(() => appendGradients(g, y, ['x'], shapes)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
  );
});
