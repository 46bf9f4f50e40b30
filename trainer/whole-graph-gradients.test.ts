import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { appendGradients } from './autodiff/append-gradients.ts';
import { FEATURES } from './backbones/network.ts';
import { foldConstants } from './onnx/fold-constants.ts';
import { copyGraph, type Graph, pruneGraph, type Value } from './onnx/graph.ts';
import { GraphBuilder } from './onnx/graph-builder.ts';
import { readModelFile } from './onnx/model-file.ts';
import { runOnce } from './onnx/runner.ts';
import { readShapes } from './onnx/shapes.ts';
import { elementCount, floats, type Tensor } from './onnx/tensor.ts';
import { upgradeOpset } from './onnx/upgrade-opset.ts';
import { trainBatchNorms } from './optimize/batch-norms.ts';

/**
 * What is known of a parameter's gradient: its norm, its products with vectors of random signs, elements by their position.
 * `rounding` is the relative error of PyTorch's own gradient in float32.
 */
type Known = { norm: number; products: number[]; elements: Record<string, number>; rounding: number };

type Reference = {
  file: string;
  /** [N, C, H, W]. */
  input: number[];
  /** Of the hash that makes the images. */
  stream: number;
  /** Whether norms use the running statistics or those of the batch. */
  norms: 'frozen' | 'trained';
  loss: number;
  parameters: Record<Value, Known>;
};

/** Gradients that PyTorch found by executing the same files in float64; make-reference.py beside them says how. */
const REFERENCES: Record<string, Reference> = JSON.parse(
  readFileSync('test/references/whole-graphs/gradients.json', 'utf8'),
);

/**
 * Ours are float32, whose rounding adds up over the layers, mostly to 1e-6. A gradient that is a nearly cancelling sum may be
 * off by as many times what PyTorch's in float32 is off.
 */
const TOLERANCE = 1e-3;
const TIMES_ROUNDING = 10;

/** Streams of random numbers, as in the reference's script. */
const [WEIGHTS, PRODUCTS] = [2, 10];

const FOLDERS = ['test/references/whole-graphs', '../shared/backbones'];
const pathOf = ({ file }: Reference) => FOLDERS.map((folder) => `${folder}/${file}`).find(existsSync);

describe.each(Object.entries(REFERENCES))('the gradients of %s', (_, reference) => {
  const path = pathOf(reference);
  test.skipIf(!path)(
    'are those of PyTorch for every parameter (skipped where ../shared is absent)',
    async () => {
      const { loss, gradients } = await differentiate(path as string, reference);
      expect(Math.abs(loss / reference.loss - 1)).toBeLessThan(TOLERANCE);
      const errors = Object.entries(reference.parameters).map(([name, known]) => ({
        name,
        error: relativeError(gradients[name].data as Float32Array, known),
        bound: Math.max(TOLERANCE, TIMES_ROUNDING * known.rounding),
      }));
      expect(errors.filter(({ error, bound }) => !(error < bound))).toEqual([]);
    },
  );
});

/** Gradients of Σ features·weights, the weights being random signs. */
async function differentiate(path: string, { input, stream, norms, parameters }: Reference) {
  const wrt = Object.keys(parameters);
  const read = onlyFeatures(upgradeOpset(readModelFile(path)), input);
  const g = new GraphBuilder(copyGraph(await foldConstants(read, {}, wrt)));
  trainBatchNorms(g, norms === 'trained' ? wrt : []);
  const shapes = await readShapes(g.graph);
  const shape = shapes.get(FEATURES) as { dtype: 'float32'; dims: number[] };
  const weights = g.constant(floats(signs(elementCount(shape.dims), WEIGHTS), shape.dims));
  const weighted = g.op('Mul', [FEATURES, weights]);
  const found = appendGradients(g, weighted, wrt, shapes.set(weighted, shape));
  const outputs = [weighted, ...found.values()].map((name) => ({ name, dims: [] }));
  const feeds = { [read.inputs[0].name]: images(input, stream) };
  const results = await runOnce(pruneGraph({ ...g.graph, outputs }), feeds, { threads: 2 });
  const gradients = Object.fromEntries([...found].map(([name, gradient]) => [name, results[gradient]]));
  return { loss: (results[weighted].data as Float32Array).reduce((sum, value) => sum + value, 0), gradients };
}

/** The graph for images of exactly this shape, without what does not lead to its features. */
function onlyFeatures(graph: Graph, dims: number[]): Graph {
  const [image] = graph.inputs;
  return pruneGraph({ ...graph, inputs: [{ ...image, dims }], outputs: [{ name: FEATURES, dims: [] }] });
}

/**
 * An estimate of ‖gradient − reference‖/‖reference‖, and never less than what norm and elements show. A product with random
 * signs has the square of the vector's norm as its mean square, so the products' differences measure the difference as a whole.
 */
function relativeError(gradient: Float32Array, { norm, products, elements }: Known): number {
  const differences = products.map(
    (product, k) => dot(gradient, signs(gradient.length, PRODUCTS + k)) - product,
  );
  const overall = Math.hypot(...differences) / Math.sqrt(products.length);
  const ofElements = Object.entries(elements).map(([at, value]) => Math.abs(gradient[Number(at)] - value));
  const ofNorm = Math.abs(Math.sqrt(dot(gradient, gradient)) - norm);
  return Math.max(overall, ofNorm, ...ofElements) / norm;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Uniform in -2..2, as wide as normalised pixels. */
function images(dims: number[], stream: number): Tensor {
  return floats(
    hashed(elementCount(dims), stream).map((value) => value * 4 - 2),
    dims,
  );
}

function signs(count: number, stream: number): Float64Array {
  return hashed(count, stream).map((value) => (value < 0.5 ? -1 : 1));
}

/** `count` numbers in [0, 1) that the reference's script makes as well: position and stream mixed by the integer hash lowbias32. */
function hashed(count: number, stream: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let position = 0; position < count; position++) {
    let x = position + Math.imul(stream, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    numbers[position] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }
  return numbers;
}
