/**
 * Gradient clipping: where the length of all gradients together exceeds a bound, all are shortened by the same factor, so
 * that one odd batch does not throw the weights far off while the direction stays.
 * @source Pascanu, Mikolov and Bengio, arXiv 1211.5063, algorithm 1; ε as in PyTorch's clip_grad_norm_.
 */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

/** Output of a step that clips: the l2 norm of all gradients together, before clipping. */
export const GRADIENT_NORM = 'gradient_norm';

const EPSILON = 1e-6;

/** Appends the gradients times min(1, clipNorm / (‖all gradients‖₂ + ε)), and the norm as an output. */
export function appendClipping(
  g: GraphBuilder,
  gradients: Map<Value, Value>,
  clipNorm: number,
): Map<Value, Value> {
  const squares = [...gradients.values()].map((gradient) =>
    g.op('ReduceSumSquare', [gradient], { keepdims: 0 }),
  );
  const norm = g.op('Sqrt', [g.op('Sum', squares)]);
  g.output(GRADIENT_NORM, norm, 'float32', []);
  const ratio = g.op('Div', [g.floats(clipNorm), g.op('Add', [norm, g.floats(EPSILON)])]);
  const factor = g.op('Min', [ratio, g.floats(1)]);
  return new Map([...gradients].map(([weight, gradient]) => [weight, g.op('Mul', [gradient, factor])]));
}
