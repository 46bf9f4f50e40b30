import { expect, test } from 'vitest';
import { memberships, neighbourGraph } from './neighbour-graph.ts';

test('memberships are those of exp(−(d − nearest) / σ) that add up to log₂ k', () => {
  const distances = [0.02, 0.05, 0.1, 0.3, 0.31, 0.6, 0.8, 1.2];
  const found = memberships(distances);
  expect(found[0]).toBe(1);
  expect(found.reduce((sum, membership) => sum + membership, 0)).toBeCloseTo(3, 4);
  const widths = distances.slice(1).map((distance, i) => -(distance - 0.02) / Math.log(found[i + 1]));
  for (const width of widths) expect(width).toBeCloseTo(widths[0], 6);
});

test('scaled distances give the same memberships', () => {
  const distances = [0.1, 0.2, 0.25, 0.4];
  const scaled = memberships(distances.map((distance) => distance * 1e-3));
  memberships(distances).forEach((membership, i) => {
    expect(scaled[i]).toBeCloseTo(membership, 4);
  });
});

test('equal vectors belong together fully', () => {
  expect(memberships([0, 0, 0, 0])).toEqual([1, 1, 1, 1]);
  const [first, second, third, last] = memberships([0, 0, 0.5, 0.9]);
  expect([first, second, third]).toEqual([1, 1, 1]);
  expect(last).toBeCloseTo(0, 10);
});

test('an edge has the fuzzy union of both sides, each pair once', () => {
  const indices = Int32Array.of(1, 2, 0, 2, 0, 1);
  const similarities = Float32Array.of(0.9, 0.4, 0.9, 0.7, 0.7, 0.4);
  const graph = neighbourGraph({ k: 2, indices, similarities });
  expect([...graph.from]).toEqual([0, 0, 1]);
  expect([...graph.to]).toEqual([1, 2, 2]);
  const [a, b] = [memberships([0.1, 0.6])[1], memberships([0.3, 0.6])[0]];
  expect(graph.weights[1]).toBeCloseTo(a + b - a * b, 6);
  expect(graph.weights[0]).toBe(1);
});
