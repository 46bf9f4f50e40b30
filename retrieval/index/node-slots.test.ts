import { expect, test } from 'vitest';
import { NodeSlots } from './node-slots.ts';
import type { Slot } from './vector-index.ts';

const slots = (...numbers: number[]) => numbers as Slot[];

test('has the slots of each node in the order they came', () => {
  const nodes = new NodeSlots();
  for (let node = 0; node < 3; node++) expect(nodes.addNode()).toBe(node);
  for (const slot of slots(7, 3, 9)) nodes.add(1, slot);
  for (const slot of slots(4)) nodes.add(2, slot);
  expect(nodes.lists()).toEqual([[], [7, 3, 9], [4]]);
  expect(nodes.count).toBe(3);
  expect([0, 1, 2].map((node) => nodes.isEmpty(node))).toEqual([true, false, false]);
});

test.each([
  [7, [3, 9]],
  [3, [7, 9]],
  [9, [7, 3]],
  [5, [7, 3, 9]],
])('without slot %i has the others', (slot, others) => {
  const nodes = new NodeSlots([slots(7, 3, 9)]);
  nodes.remove(0, slot as Slot);
  expect(nodes.of(0)).toEqual(others);
});

test('a node can lose its last slot and get another', () => {
  const nodes = new NodeSlots([slots(7, 3), slots(4)]);
  for (const slot of slots(3, 7)) nodes.remove(0, slot);
  expect(nodes.isEmpty(0)).toBe(true);
  expect(nodes.some(0, () => true)).toBe(false);
  nodes.add(0, 8 as Slot);
  expect(nodes.lists()).toEqual([[8], [4]]);
});

test('looks at every slot of a node for one that is wanted', () => {
  const nodes = new NodeSlots([slots(7, 3, 9), slots(4)]);
  for (const slot of slots(7, 3, 9)) expect(nodes.some(0, (other) => other === slot)).toBe(true);
  expect(nodes.some(0, (slot) => slot === 4)).toBe(false);
  expect(nodes.some(1, (slot) => slot === 4)).toBe(true);
});

test('has room for as many nodes as come', () => {
  const lists = Array.from({ length: 5000 }, (_, node) => (node % 3 === 0 ? [] : slots(node + 1)));
  expect(new NodeSlots(lists).lists()).toEqual(lists);
});
