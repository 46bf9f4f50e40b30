import { expect, test } from 'vitest';
import { describeNode, emptyGraph, findOutput, nodesFor, plainAttributes, pruneGraph } from './graph.ts';
import { float, GraphBuilder } from './graph-builder.ts';
import { floats } from './tensor.ts';

/** y = exp(x)·w and z = −aside, each output of its own part. */
function twoParts() {
  const g = new GraphBuilder(emptyGraph('two parts'));
  g.input('x', 'float32', [2]);
  g.input('aside', 'float32', [2]);
  const w = g.constant(floats([1, 2]), 'w');
  g.constant(floats([3, 4]), 'spare');
  g.output('y', g.op('Mul', [g.op('Exp', ['x']), w]), 'float32', [2]);
  g.output('z', g.op('Neg', ['aside']), 'float32', [2]);
  return g.graph;
}

test('pruning keeps what the outputs need, in its order, and leaves the original alone', () => {
  const graph = twoParts();
  const pruned = pruneGraph({ ...graph, outputs: graph.outputs.filter(({ name }) => name === 'y') });
  expect(pruned.nodes.map(({ op }) => op)).toEqual(['Exp', 'Mul', 'Identity']);
  expect(pruned.inputs.map(({ name }) => name)).toEqual(['x']);
  expect([...pruned.initializers.keys()]).toEqual(['w']);
  expect(graph.nodes).toHaveLength(5);
  expect(graph.initializers.size).toBe(2);
});

test('an output that is an input or a constant needs no node', () => {
  const outputs = [
    { name: 'x', dims: [] },
    { name: 'w', dims: [] },
  ];
  const pruned = pruneGraph({ ...twoParts(), outputs });
  expect(pruned.nodes).toEqual([]);
  expect(pruned.inputs.map(({ name }) => name)).toEqual(['x']);
  expect([...pruned.initializers.keys()]).toEqual(['w']);
});

test('the nodes of a value are those before it only', () => {
  const graph = twoParts();
  expect(nodesFor(graph, [graph.nodes[0].outputs[0]]).map(({ op }) => op)).toEqual(['Exp']);
  expect(nodesFor(graph, ['x'])).toEqual([]);
});

test('an output is found by name, or without one where there is only one', () => {
  const graph = twoParts();
  expect(findOutput(graph, 'z').name).toBe('z');
  expect(findOutput({ ...graph, outputs: graph.outputs.slice(0, 1) }).name).toBe('y');
  expect(() => findOutput(graph)).toThrow(/one output of the graph "two parts", found y, z/);
  expect(() => findOutput(graph, 'w')).toThrow(/one output "w".*found y, z/);
  expect(() => findOutput(emptyGraph('nothing'))).toThrow(/found none/);
});

test('messages name a node, attributes are read as plain values', () => {
  const g = new GraphBuilder(emptyGraph('test'));
  g.op('LeakyRelu', ['x'], { alpha: float(0.5), note: 'text', sizes: [1, 2], count: 3 });
  const [node] = g.graph.nodes;
  expect(describeNode(node)).toBe('LeakyRelu "LeakyRelu" (outputs LeakyRelu)');
  expect(describeNode({ ...node, name: '', outputs: ['a', '', 'b'] })).toBe('LeakyRelu (outputs a, b)');
  expect(plainAttributes(node)).toEqual({ alpha: 0.5, note: 'text', sizes: [1, 2], count: 3 });
});
