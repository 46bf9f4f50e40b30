import { expect, test } from 'vitest';
import { emptyGraph, type Graph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { inlineChoices } from './inline-choices.ts';
import { decodeModel, encodeModel, subgraphAttribute } from './model-file.ts';
import { runOnce } from './runner.ts';
import { floats } from './tensor.ts';

/** A branch that answers x times `factor`; its names begin with `name`. */
function scaled(name: string, factor: number): Graph {
  const g = new GraphBuilder(emptyGraph(name));
  const y = g.in(name, () => g.op('Mul', ['x', g.floats(factor)]));
  g.graph.outputs.push({ name: y, dims: [] });
  return g.graph;
}

type Condition = (g: GraphBuilder) => string;

/** `then` where the condition holds, else 3x; no name is used twice, not even in branches. */
function appendChoice(g: GraphBuilder, name: string, conditionOf: Condition, then: Graph): string {
  const branches = {
    then_branch: subgraphAttribute('then_branch', then),
    else_branch: subgraphAttribute('else_branch', scaled(`${name}/else`, 3)),
  };
  return g.in(name, () => g.ops('If', [conditionOf(g)], 1, branches)[0] as string);
}

/** y = 2x where the condition holds, else 3x. */
function choosing(conditionOf: Condition, then = scaled('then', 2)): Graph {
  const g = new GraphBuilder(emptyGraph('choice'));
  g.input('x', 'float32', ['N', 2]);
  g.output('y', appendChoice(g, 'outer', conditionOf, then), 'float32', ['N', 2]);
  return decodeModel(encodeModel(g.graph));
}

const isEmpty = (g: GraphBuilder) => g.op('Equal', [g.op('Size', ['x']), g.ints(0)]);
const isNotEmpty = (g: GraphBuilder) => g.op('Not', [isEmpty(g)]);
const X = { x: floats([1, 2], [1, 2]) };

test.each([
  ['then', isNotEmpty, [2, 4]],
  ['else', isEmpty, [3, 6]],
])('of a question about shapes the branch "%s" stays', async (_, condition, expected) => {
  const graph = await inlineChoices(choosing(condition), { N: 1 });
  expect(graph.nodes.map(({ op }) => op)).not.toContain('If');
  expect((await runOnce(graph, X)).y.data).toEqual(Float32Array.from(expected));
});

test('a choice within a branch is made, too', async () => {
  const inner = new GraphBuilder(emptyGraph('then'));
  const chosen = appendChoice(inner, 'inner', isEmpty, scaled('inner/then', 5));
  inner.graph.outputs.push({ name: chosen, dims: [] });
  const graph = await inlineChoices(choosing(isNotEmpty, inner.graph), { N: 1 });
  expect(graph.nodes.map(({ op }) => op)).not.toContain('If');
  expect((await runOnce(graph, X)).y.data).toEqual(Float32Array.of(3, 6));
});

test('a choice by the pixels stays as it is', async () => {
  const byPixels = choosing((g) => g.op('Greater', [g.op('ReduceSum', ['x'], { keepdims: 0 }), g.floats(1)]));
  expect((await inlineChoices(byPixels, { N: 1 })).nodes.map(({ op }) => op)).toContain('If');
});
