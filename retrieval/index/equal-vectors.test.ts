import { expect, test } from 'vitest';
import { EqualVectors } from './equal-vectors.ts';
import { SlotBits } from './slot-bits.ts';
import { VectorTable } from './vector-table.ts';

test('each of very many vectors is found in its own row, those of equal hash too, and no other is found', () => {
  const count = 200_000;
  const table = new VectorTable(2);
  const equal = new EqualVectors(table);
  const vectorOf = (i: number) => Float32Array.of(Math.sin(i), Math.cos(i));
  for (let row = 0; row < count; row++) {
    table.set(row, vectorOf(row));
    equal.add(row);
  }
  let wrong = 0;
  for (let row = 0; row < count; row++) if (equal.find(vectorOf(row)) !== row) wrong++;
  expect(wrong).toBe(0);
  expect(equal.find(Float32Array.of(Math.sin(1), -Math.cos(1)))).toBeUndefined();
  expect(equal.find(Float32Array.of(0, 0))).toBeUndefined();
});

test.each([1, 3, 4, 7, 130])(
  'rows of %d numbers are compared as by the formula, across the pieces of a table',
  (dim) => {
    const table = new VectorTable(dim);
    const vectorOf = (i: number) => Float32Array.from({ length: dim }, (_, j) => Math.sin(i * 31 + j));
    for (const row of [0, 1023, 1024, 5000]) table.set(row, vectorOf(row));
    const query = vectorOf(7);
    for (const row of [0, 1023, 1024, 5000]) {
      expect([...table.view(row)]).toEqual([...vectorOf(row)]);
      expect(table.dot(query, row)).toBeCloseTo(
        vectorOf(row).reduce((sum, v, j) => sum + v * query[j]!, 0),
        10,
      );
    }
  },
);

test('a set of slots has those and no others, however high they are', () => {
  const slots = Float64Array.of(70_000_000_001, 70_000_000_002, 70_000_000_040, 70_000_000_100);
  const bits = new SlotBits(slots);
  for (let slot = slots[0]! - 70; slot < slots[3]! + 70; slot++) {
    expect(bits.has(slot as never)).toBe(slots.includes(slot));
  }
  expect(new SlotBits(new Float64Array()).has(1 as never)).toBe(false);
});
