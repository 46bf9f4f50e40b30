import { expect, test } from 'vitest';
import { alphaChart, learningRateChart, lossChart, recallChart } from './epoch-charts.ts';
import { runReport } from './report.test-helper.ts';

const course = runReport([]);
const count = (markup: string | undefined, word: string) => (markup ?? '').split(`>${word}<`).length - 1;

test('every chart says in words what its line does', () => {
  expect(recallChart(course, {})?.markup).toContain(
    'aria-label="Recall@1 on held-out images over epochs. New classes from 50.0% to 80.0%."',
  );
  expect(lossChart(course)?.markup).toContain('"Mean loss over epochs, from 3 to 0.5."');
  expect(alphaChart(course).markup).toContain('from 16 to 4."');
  expect(learningRateChart(course).markup).toContain('from 0.01 to 0.001."');
});

test('the heat-up and the kept epoch are marked, and no heat-up where there was none', () => {
  const heated = alphaChart(course).markup;
  expect([count(heated, 'heated up'), count(heated, 'kept')]).toEqual([1, 1]);
  const constant = alphaChart({ history: course.history, keptEpoch: 5, heatUpEpoch: 6 }).markup;
  expect([count(constant, 'heated up'), count(constant, 'kept')]).toEqual([0, 1]);
});

test('a level of the frozen backbone is a dashed line', () => {
  const dashed = (markup = '') => markup.split('stroke-dasharray="5,4"').length - 1;
  expect(dashed(recallChart(course, { open: 0.6 })?.markup)).toBe(1);
  expect(dashed(recallChart(course, {})?.markup)).toBe(0);
});

test('what was not measured has no chart, and a run of a single epoch has all others', () => {
  const history = course.history.slice(0, 2).map((record) => ({ ...record, validation: {} }));
  const short = { history, keptEpoch: 1 };
  expect(recallChart(short, {})).toBeUndefined();
  expect(lossChart({ history: history.slice(0, 1), keptEpoch: 0 })).toBeUndefined();
  for (const chart of [lossChart(short), alphaChart(short)])
    expect(chart?.markup).not.toMatch(/NaN|undefined/);
});
