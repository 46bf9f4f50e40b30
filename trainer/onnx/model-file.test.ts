import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { type Graph, pruneGraph, type ValueInfo } from './graph.ts';
import { decodeModel, encodeModel, readModelFile } from './model-file.ts';
import { runBytes } from './original-model.test-helper.ts';
import { runOnce } from './runner.ts';
import { elementCount, floats, type Tensor, tensor } from './tensor.ts';

const FIXTURES = 'test/fixtures';
const BACKBONES = '../shared/backbones';

const fixture = (name: string) => readFileSync(join(FIXTURES, name));
const flag = (value: boolean) => tensor('bool', Uint8Array.of(Number(value)), []);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-model-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const backbones = existsSync(BACKBONES)
  ? readdirSync(BACKBONES).filter((name) => name.endsWith('.onnx'))
  : [];

describe.skipIf(backbones.length === 0)(
  'real backbones (skipped where ../shared/backbones is absent)',
  () => {
    test.each(backbones)('%s read and written again computes the same bits', async (name) => {
      const bytes = readFileSync(join(BACKBONES, name));
      const graph = decodeModel(bytes, name);
      const feeds = Object.fromEntries(graph.inputs.map((input) => [input.name, noise(input)]));
      const wanted = graph.outputs.map((output) => output.name);
      const original = await runBytes(bytes, feeds, wanted);
      const rewritten = await runBytes(encodeModel(graph), feeds, wanted);
      expect(wanted.length).toBeGreaterThan(0);
      for (const output of wanted) expect(rewritten[output]).toEqual(original[output]);
      const written = Buffer.from(encodeModel(graph));
      expect(written.equals(encodeModel(decodeModel(written)))).toBe(true);
    });
  },
);

/** One image of noise; backbones take them of any size that their strides divide. */
function noise({ dims }: ValueInfo): Tensor {
  const random = seededRandom(1);
  const known = dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 224));
  return floats(Array.from({ length: elementCount(known) }, random.normal), known);
}

test('subgraphs survive, with the outer values that they read; unknown fields are passed over', async () => {
  const bytes = fixture('branching.onnx');
  const graph = pruneGraph(decodeModel(bytes));
  expect(graph.nodes.map(({ op }) => op)).toEqual(['If']);
  expect([...graph.initializers.keys()]).toEqual(['shift', 'slope']);
  for (const [first, second, expected] of [
    [true, true, [11, 22]],
    [false, true, [2, 6]],
    [false, false, [-1, -2]],
  ] as const) {
    const feeds = { x: floats([1, 2]), first: flag(first), second: flag(second) };
    expect((await runBytes(bytes, feeds, ['y'])).y.data).toEqual(Float32Array.from(expected));
    expect((await runOnce(graph, feeds)).y.data).toEqual(Float32Array.from(expected));
  }
});

test('constants of every element type are read from their own fields', async () => {
  const bytes = fixture('typed-data.onnx');
  const graph = decodeModel(bytes);
  const wanted = graph.outputs.map(({ name }) => name);
  const original = await runBytes(bytes, {}, wanted);
  const rewritten = await runOnce(graph, {});
  expect(wanted).toHaveLength(12);
  for (const output of wanted) {
    expect(rewritten[output].dtype).toBe(graph.initializers.get(`${output} constant`)?.dtype);
    expect(rewritten[output]).toEqual(original[output]);
  }
});

test('attributes keep the largest and smallest integers in their meaning', async () => {
  const graph = decodeModel(fixture('old-slice.onnx'));
  expect((await runOnce(graph, { x: floats([1, 2, 3, 4]) })).y.data).toEqual(Float32Array.of(2, 3, 4));
});

test('external data is read from beside the model', async () => {
  const graph = readModelFile(join(FIXTURES, 'external.onnx'));
  expect((await runOnce(graph, { x: floats([1, 2]) })).y.data).toEqual(Float32Array.of(102, 206));
});

test('external data that is missing or cut short is named', () => {
  const path = join(folder, 'external.onnx');
  copyFileSync(join(FIXTURES, 'external.onnx'), path);
  expect(() => readModelFile(path)).toThrow(
    expect.objectContaining({ code: 'bad-model', message: expect.stringMatching(/"factor".*external\.bin/) }),
  );
  writeFileSync(join(folder, 'external.bin'), fixture('external.bin').subarray(0, 4));
  expect(() => readModelFile(path)).toThrow(
    expect.objectContaining({ code: 'bad-model', message: expect.stringMatching(/"factor".*external\.bin/) }),
  );
});

test("external data outside of the model's folder is not read", () => {
  const path = join(folder, 'escaping.onnx');
  const escaping = Buffer.from(fixture('external.onnx'));
  for (let at = escaping.indexOf('external.bin'); at >= 0; at = escaping.indexOf('external.bin', at))
    escaping.write('../ernal.bin', at);
  writeFileSync(path, escaping);
  expect(() => readModelFile(path)).toThrow(/outside/);
});

test('a model with functions of its own is refused with advice', () => {
  expect(() => decodeModel(fixture('functions.onnx'), 'functions.onnx')).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/functions\.onnx.*inline/),
    }),
  );
});

test('a file that is not there is not found', () => {
  expect(() => readModelFile(join(folder, 'none.onnx'))).toThrow(
    expect.objectContaining({ code: 'not-found', message: expect.stringMatching(/none\.onnx/) }),
  );
});

test.each([
  ['nothing', ''],
  ['text', 'Not a model at all, but a letter.'],
  ['JSON', '{"format":"graph-model","modelTopology":{}}'],
  ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
])('a file of %s is no ONNX model', (_, content) => {
  const path = join(folder, 'other.onnx');
  writeFileSync(path, content);
  expect(() => readModelFile(path)).toThrow(
    expect.objectContaining({
      code: 'bad-model',
      message: expect.stringMatching(/other\.onnx is not an ONNX model/),
    }),
  );
});

test('a model that is cut short at any byte is refused, and never read as a smaller one', () => {
  const bytes = encodeModel(tinyGraph());
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeModel(bytes.subarray(0, length), 'cut.onnx'), `${length} bytes`).toThrow(
      expect.objectContaining({
        code: 'bad-model',
        message: expect.stringMatching(/^cut\.onnx is not an ONNX model/),
      }),
    );
});

test('a tensor whose bytes do not fill its shape is named', () => {
  const graph = tinyGraph();
  graph.initializers.set('w', { dtype: 'float32', dims: [3], data: Float32Array.of(1, 2) });
  expect(() => decodeModel(encodeModel(graph), 'odd.onnx')).toThrow(
    /the tensor "w" in odd\.onnx.*3 elements/,
  );
});

test('values without a type or a shape stay so', () => {
  const graph = { ...tinyGraph(), outputs: [{ name: 'y', dims: [] }] };
  expect(decodeModel(encodeModel(graph)).outputs).toEqual([{ name: 'y', dims: [] }]);
});

test('attributes of every kind come back as they went', () => {
  const graph = tinyGraph();
  graph.nodes[0].attributes = {
    int: { kind: 'int', value: -3 },
    float: { kind: 'float', value: 0.5 },
    string: { kind: 'string', value: 'größer' },
    tensor: { kind: 'tensor', value: floats([1, 2]) },
    ints: { kind: 'ints', value: [1, -1, 2 ** 40] },
    floats: { kind: 'floats', value: [0.25, -1] },
    strings: { kind: 'strings', value: ['a', ''] },
    none: { kind: 'ints', value: [] },
  };
  expect(decodeModel(encodeModel(graph)).nodes).toEqual(graph.nodes);
});

function tinyGraph(): Graph {
  return {
    name: 'tiny',
    opsets: { '': 18 },
    inputs: [{ name: 'x', dtype: 'float32', dims: ['N', 2] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['N', 2] }],
    initializers: new Map([['w', floats([3, 4])]]),
    nodes: [{ op: 'Mul', domain: '', name: 'product', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
  };
}
