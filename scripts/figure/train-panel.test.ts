import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import type { GreyImages } from './fashion-mnist.ts';
import { trainPanel } from './train-panel.ts';

const runs = mkdtempSync(join(tmpdir(), 'sinter-figure-'));
afterAll(() => rmSync(runs, { recursive: true }));

const SIZE = 8;

/** Noise whose upper half is bright in one class and dark in the other. */
function halves(count: number, seed: number): GreyImages {
  const random = seededRandom(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: count * SIZE * SIZE }, (_, i) => {
    const image = Math.floor(i / (SIZE * SIZE));
    const isUpper = i % (SIZE * SIZE) < (SIZE * SIZE) / 2;
    return random.integer(60) + (isUpper === (labels[image] === 0) ? 180 : 0);
  });
  return { pixels, size: SIZE, labels };
}

test('a LeNet heated up draws each class in a direction of its own, and a finished run is not trained again', async () => {
  const images = { training: halves(64, 1), drawn: halves(20, 2) };
  const options = { epochs: 5, batchSize: 16, learningRate: 1e-3, seed: 1 };
  const stages: string[] = [];
  const work = { onProgress: ({ stage }: { stage: string }) => stages.push(stage) };
  const panel = await trainPanel({ alpha: 16, heatedAlpha: 4 }, images, options, runs, work);
  expect(panel.title).toBe('α = 16 → 4');
  expect(panel.points).toHaveLength(2 * 20);
  expect(panel.recallAt1).toBe(1);
  expect(panel.spread).toBeLessThan(20);
  expect(stages).toContain('training, α = 16 → 4');
  stages.length = 0;
  const again = await trainPanel({ alpha: 16, heatedAlpha: 4 }, images, options, runs, work);
  expect(again).toEqual(panel);
  expect(stages.filter((stage) => stage.startsWith('training'))).toEqual([]);
});
