import { expect, test } from 'vitest';
import { type Attribute, emptyGraph } from './graph.ts';
import { float, GraphBuilder } from './graph-builder.ts';
import { inlineConstants, widenHalves } from './inline-constants.ts';
import { runOnce } from './runner.ts';
import { floats, ints, tensor } from './tensor.ts';

test('constants of every kind, and copies of initializers, become initializers of the same value', () => {
  const g = new GraphBuilder(emptyGraph('constants'));
  const whole: Attribute = { kind: 'tensor', value: floats([1, 2]) };
  const made = [
    g.op('Constant', [], { value: whole }),
    g.op('Constant', [], { value_float: float(0.5) }),
    g.op('Constant', [], { value_ints: [3, 4] }),
    g.op('Constant', [], { value_int: 5 }),
  ];
  const shared = g.constant(floats([7]), 'shared');
  const copy = g.op('Identity', [shared]);
  const alias = g.op('Identity', [copy]);
  const kept = g.op('Identity', [g.input('x', 'float32', [1])]);
  const { nodes, initializers } = inlineConstants(g.graph);
  expect(nodes.map(({ outputs }) => outputs)).toEqual([[kept]]);
  const values = [...made, shared, copy, alias].map((name) => initializers.get(name));
  expect(values).toEqual([
    floats([1, 2]),
    floats(0.5),
    ints([3, 4]),
    ints(5),
    floats([7]),
    floats([7]),
    floats([7]),
  ]);
});

test('a kind of constant that is not supported is named', () => {
  const g = new GraphBuilder(emptyGraph('strings'));
  g.op('Constant', [], { value_string: 'text' });
  expect(() => inlineConstants(g.graph)).toThrow(/value_string .*Constant "Constant"/);
});

/** 1.5, −2, the largest, the smallest above 0, a subnormal, 0, −0, infinity and no number, as bits of half precision. */
const HALVES = Uint16Array.of(0x3e00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0000, 0x8000, 0x7c00, 0x7e00);

/** As ONNX Runtime reads them. No half goes in or out: from Node 24 on its binding does not know the arrays that hold them. */
async function valuesOfHalves() {
  const g = new GraphBuilder(emptyGraph('values of halves'));
  const weight = g.constant(tensor('float16', HALVES, [HALVES.length]), 'weight');
  g.output('weights', g.op('Cast', [weight], { to: 1 }), 'float32', [HALVES.length]);
  return (await runOnce(g.graph, {})).weights;
}

test('a graph in half precision computes in single precision with the very values of its weights', async () => {
  const g = new GraphBuilder(emptyGraph('halves'));
  const x = g.input('x', 'float16', [HALVES.length]);
  const weight = g.constant(tensor('float16', HALVES, [HALVES.length]), 'weight');
  g.output('weights', g.op('Cast', [weight], { to: 1 }), 'float32', [HALVES.length]);
  g.output(
    'sum',
    g.op('Add', [g.op('Cast', [x], { to: 10 }), g.constant(tensor('float16', Uint16Array.of(0x3c00), []))]),
    'float16',
    [HALVES.length],
  );
  const wide = widenHalves(g.graph);
  expect(wide.inputs[0].dtype).toBe('float32');
  const exact = await valuesOfHalves();
  const widened = await runOnce(wide, { x: floats(exact.data as Float32Array) });
  expect(widened.weights).toEqual(exact);
  expect(widened.sum.dtype).toBe('float32');
  expect([...(widened.sum.data as Float32Array)].slice(0, 2)).toEqual([2.5, -1]);
});
