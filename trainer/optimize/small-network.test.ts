import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  REFERENCE_VARIANTS,
  type ReferenceVariant,
  STEPS,
  trainSmallNetwork,
} from './small-network.test-helper.ts';

/** Losses of PyTorch from the same weights on the same batches; make-reference.py beside them says how they were made. */
const REFERENCE: Record<ReferenceVariant, number[]> = JSON.parse(
  readFileSync('test/references/small-network/losses.json', 'utf8'),
);

/** The reference is of float64, ours of float32: its rounding grows with every step, but not to this. */
const TOLERANCE = 1e-3;

test.each(Object.keys(REFERENCE_VARIANTS) as ReferenceVariant[])(
  '20 steps of %s through a heat-up give the losses of PyTorch at every step',
  async (variant) => {
    const { losses } = await trainSmallNetwork(variant);
    const expected = REFERENCE[variant];
    expect(expected).toHaveLength(STEPS);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / expected[step] - 1), `step ${step}`).toBeLessThan(TOLERANCE);
    });
  },
);

test('the same seed gives the same losses and weights to the last bit, another seed others', async () => {
  const [first, second, other] = [
    await trainSmallNetwork('hln'),
    await trainSmallNetwork('hln'),
    await trainSmallNetwork('hln', 2),
  ];
  expect(second.losses).toEqual(first.losses);
  expect(second.state).toEqual(first.state);
  expect(other.losses).not.toEqual(first.losses);
});
