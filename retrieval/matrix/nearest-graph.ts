/** The graphs behind every comparison of vectors: products of queries and references, and the largest of each row. */
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
  return comparison([products(), ...largestK('products')], [value('k', INT64, 1)]);
}

/**
 * The same for k = 1, without `k`, in two thirds of the time: `similarities` and `indices` are [q, 1]. The lower index of
 * equal products, as ONNX asks of ArgMax.
 */
export function largestGraph(): Uint8Array {
  const nodes = [
    products(),
    node('ArgMax', ['products'], ['places'], { axis: 1 }),
    node('GatherElements', ['products', 'places'], ['similarities'], { axis: 1 }),
    node('Cast', ['places'], ['indices'], { to: INT32 }),
  ];
  return comparison(nodes);
}

/**
 * As `nearestGraph`, where products within a group count as `never` float32 [1]: `queryGroups` int32 [q, 1] are compared
 * with `referenceGroups` int32 [1, r].
 */
export function outsidersGraph(): Uint8Array {
  const nodes = [
    products(),
    node('Equal', ['queryGroups', 'referenceGroups'], ['inside']),
    node('Where', ['inside', 'never', 'products'], ['outside']),
    ...largestK('outside'),
  ];
  const groups = ['queryGroups', 'referenceGroups'].map((name) => value(name, INT32, 2));
  return comparison(nodes, [value('k', INT64, 1), value('never', FLOAT, 1), ...groups]);
}

type Node = ReturnType<typeof node>;
type Value = ReturnType<typeof value>;

function comparison(nodes: Node[], inputs: Value[] = []): Uint8Array {
  const model: ModelMessage = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'comparison',
      node: nodes,
      input: [value('queries', FLOAT, 2), value('references', FLOAT, 2), ...inputs],
      output: [value('similarities', FLOAT, 2), value('indices', INT32, 2)],
    },
  };
  return writeMessage(model as Message, MODEL);
}

function products(): Node {
  return node('Gemm', ['queries', 'references'], ['products'], { transB: 1 });
}

function largestK(values: string): Node[] {
  return [
    node('TopK', [values, 'k'], ['similarities', 'places']),
    node('Cast', ['places'], ['indices'], { to: INT32 }),
  ];
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
