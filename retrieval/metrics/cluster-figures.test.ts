import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../random.ts';
import { mean } from './bootstrap.ts';
import { CLUSTER_FIGURES, clusterDifferences, clusterFigures, sampleClusters } from './cluster-figures.ts';
import { contingency } from './contingency.ts';
import { adjustedMutualInformation, normalizedMutualInformation } from './mutual-information.ts';
import { pairAgreement } from './pair-agreement.ts';

const CLASSES = 20;

/** Things of CLASSES classes, of which `kept` are in the cluster of their class and the others anywhere. */
function drawn(count: number, kept: number, random: Random) {
  const classes = Array.from({ length: count }, (_, i) => i % CLASSES);
  const clusters = classes.map((of) => (random.uniform() < kept ? of : random.integer(CLASSES)));
  return { classes, clusters };
}

async function figuresOf(...sampled: Parameters<typeof sampleClusters>) {
  return clusterFigures(await sampleClusters(...sampled));
}

test('the values are those of the whole set, and the ends lie about them', async () => {
  const { classes, clusters } = drawn(400, 0.6, seededRandom(1));
  const table = contingency(classes, clusters);
  const figures = await figuresOf(classes, clusters, seededRandom(2), {}, 200);
  expect(Object.keys(figures)).toEqual([...CLUSTER_FIGURES]);
  expect(figures.nmi.value).toBe(normalizedMutualInformation(table, 'geometric'));
  expect(figures['nmi-arithmetic'].value).toBe(normalizedMutualInformation(table, 'arithmetic'));
  expect(figures.ami.value).toBe(adjustedMutualInformation(table));
  expect(figures['pairwise-f1'].value).toBe(pairAgreement(table).f1);
  for (const { value, low, high } of Object.values(figures)) {
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(high - low).toBeLessThan(0.2);
  }
});

test('intervals are about as wide as the figures of other such sets spread, and mostly hold their mean', async () => {
  const random = seededRandom(3);
  const found = [];
  for (let set = 0; set < 100; set++) {
    const { classes, clusters } = drawn(600, 0.6, random);
    found.push(await figuresOf(classes, clusters, random, {}, 200));
  }
  for (const name of CLUSTER_FIGURES) {
    const figures = found.map((set) => set[name]);
    const truth = mean(figures.map(({ value }) => value));
    const spread = Math.sqrt(mean(figures.map(({ value }) => (value - truth) ** 2)));
    const width = mean(figures.map(({ low, high }) => high - low));
    expect(width / (2 * 1.96 * spread), name).toBeGreaterThan(0.8);
    expect(width / (2 * 1.96 * spread), name).toBeLessThan(1.2);
    const held = figures.filter(({ low, high }) => low <= truth && high >= truth);
    expect(held.length, name).toBeGreaterThanOrEqual(90);
  }
});

test('four times as many things have intervals half as wide', async () => {
  const width = async (count: number) => {
    const { classes, clusters } = drawn(count, 0.6, seededRandom(4));
    const { nmi } = await figuresOf(classes, clusters, seededRandom(5), {}, 400);
    return nmi.high - nmi.low;
  };
  const ratio = (await width(4000)) / (await width(1000));
  expect(ratio).toBeGreaterThan(0.4);
  expect(ratio).toBeLessThan(0.6);
});

test('clusters that are the classes leave no doubt, nor does a single thing', async () => {
  const sure = { value: 1, low: 1, high: 1 };
  const classes = Array.from({ length: 60 }, (_, i) => i % 5);
  expect((await figuresOf(classes, classes, seededRandom(1), {}, 50)).ami).toEqual(sure);
  expect((await figuresOf(['a'], [0], seededRandom(1))).nmi).toEqual(sure);
});

test('it stops when it is told to', async () => {
  const { classes, clusters } = drawn(400, 0.6, seededRandom(1));
  const stopped = sampleClusters(classes, clusters, seededRandom(1), { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
});

test('differences are paired: of clusterings that fail on the same things they are sure where the figures are not', async () => {
  const { classes, clusters } = drawn(400, 0.6, seededRandom(6));
  const better = clusters.map((cluster, i) => (i % 15 === 0 ? classes[i] : cluster));
  const [ours, theirs] = await Promise.all(
    [better, clusters].map((of) => sampleClusters(classes, of, seededRandom(7), {}, 300)),
  );
  const [nmi, other] = [clusterFigures(ours).nmi, clusterFigures(theirs).nmi];
  expect(nmi.low).toBeLessThan(other.high);
  const difference = clusterDifferences(ours, theirs).nmi;
  expect(difference.value).toBeCloseTo(nmi.value - other.value, 12);
  expect(difference.high - difference.low).toBeLessThan((nmi.high - nmi.low) / 2);
  expect(difference.low).toBeGreaterThan(0);
  expect(clusterDifferences(theirs, theirs).ami).toEqual({ value: 0, low: 0, high: 0 });
});
