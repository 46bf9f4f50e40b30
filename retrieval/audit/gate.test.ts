import { expect, test } from 'vitest';
import { type Audited, audit } from './audit.ts';
import { compareAudits } from './compare.ts';
import { checkGate, parseGate } from './gate.ts';
import { openSides } from './sides.test-helper.ts';

/** Forty classes of five; the more noise, the worse. */
function audited(noise: number, seed: number): Promise<Audited> {
  return audit(openSides({ classes: 40, perClass: 5, dim: 8, noise, seed }), { ks: [1, 2] });
}

test('a clearly worse model is told from one that differs by chance', async () => {
  const [good, alike, bad] = await Promise.all([audited(0.5, 1), audited(0.5, 6), audited(1, 3)]);
  const worse = await compareAudits(bad, good);
  expect(worse['recall@1']).toMatchObject({ verdict: 'worse' });
  expect(worse['recall@1']?.value).toBeCloseTo(
    (bad.report.recall[1] as number) - (good.report.recall[1] as number),
    10,
  );
  expect((await compareAudits(good, bad))['map@r']?.verdict).toBe('better');
  expect((await compareAudits(alike, good))['recall@1']?.verdict).toBe('no clear difference');
  expect((await compareAudits(good, good))['recall@1']).toEqual({
    value: 0,
    low: 0,
    high: 0,
    verdict: 'no clear difference',
  });
});

test('a gate on a figure is kept from its value on', async () => {
  const { report } = await audited(0.5, 1);
  const recall = report.recall[1] as number;
  expect(checkGate(parseGate(`recall@1>=${recall}`), report, {})).toMatchObject({ passed: true });
  expect(checkGate(parseGate(`recall@1 >= ${recall + 1e-6}`), report, {})).toEqual({
    gate: `recall@1 >= ${recall + 1e-6}`,
    passed: false,
    reason: `recall@1 is ${recall.toFixed(4)}`,
  });
  expect(() => checkGate(parseGate('recall@3>=0.5'), report, {})).toThrow(/no figure recall@3 .*recall@2/);
});

test('no-worse-than fails where the loss is clear, and with a margin where it is not shown to be smaller', async () => {
  const [good, alike, bad] = await Promise.all([audited(0.5, 1), audited(0.5, 6), audited(1, 3)]);
  const against = async (model: Audited) => ({ 'models/old': await compareAudits(model, good) });
  const check = async (text: string, model: Audited) =>
    checkGate(parseGate(text), model.report, await against(model)).passed;
  expect(await check('no-worse-than models/old', alike)).toBe(true);
  expect(await check('no-worse-than models/old', bad)).toBe(false);
  expect(await check('no-worse-than models/old within 0.001', alike)).toBe(false);
  expect(await check('no-worse-than models/old within 0.5', alike)).toBe(true);
});

test('models are compared on the same images only', async () => {
  const [a, b] = await Promise.all([audited(0.5, 1), audited(0.5, 6)]);
  b.sides.queries.images[3] = { id: 'another', path: '/', label: '0' };
  await expect(compareAudits(a, b)).rejects.toMatchObject({ code: 'bad-input' });
});

test.each(['recall@1', 'recall@1>0.8', 'recall@1>=80', 'no-worse-than', 'no-worse-than a within 2'])(
  '%s is refused',
  (text) => {
    expect(() => parseGate(text)).toThrow(`got "${text}"`);
  },
);
