/** The graph behind every comparison of vectors: products of queries and references, and the largest k of each row. */
import { MODEL, type ModelMessage } from '../onnx/onnx-schema.ts';
import { type Message, writeMessage } from '../onnx/protobuf.ts';

const IR_VERSION = 8;
const OPSET = 17;
const [FLOAT, INT32, INT64] = [1, 6, 7];
const INT_ATTRIBUTE = 2;

/**
 * The bytes of an ONNX model: `queries` float32 [q, d], `references` float32 [r, d] and `k` int64 [1] →
 * `similarities` float32 [q, k], largest first, and `indices` int32 [q, k]. Equal products come by lower index, which is
 * what ONNX asks of TopK.
 */
export function nearestGraph(): Uint8Array {
  const model: ModelMessage = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'nearest',
      node: [
        node('Gemm', ['queries', 'references'], ['products'], { transB: 1 }),
        node('TopK', ['products', 'k'], ['similarities', 'places']),
        node('Cast', ['places'], ['indices'], { to: INT32 }),
      ],
      input: [value('queries', FLOAT, 2), value('references', FLOAT, 2), value('k', INT64, 1)],
      output: [value('similarities', FLOAT, 2), value('indices', INT32, 2)],
    },
  };
  return writeMessage(model as Message, MODEL);
}

function node(opType: string, input: string[], output: string[], attributes: Record<string, number> = {}) {
  const attribute = Object.entries(attributes).map(([name, i]) => ({ name, type: INT_ATTRIBUTE, i }));
  return { opType, input, output, attribute };
}

/** Sizes are names of their own, so that every run may have others. */
function value(name: string, elementType: number, axes: number) {
  const dim = Array.from({ length: axes }, (_, axis) => ({ parameter: `${name}_${axis}` }));
  return { name, type: { tensorType: { elementType, shape: { dim } } } };
}
