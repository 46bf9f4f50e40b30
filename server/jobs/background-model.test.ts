import { expect, test } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { serve } from '../served.test-helper.ts';
import { inBackground } from './background-model.ts';

test('a search waits for one image of a job at most, however many the job has', async () => {
  const { model, close } = await serve({ graph: 'slow', embedder: { maxBatch: 16 } });
  const background = inBackground(model);
  const png = await colourPng(1, 2, 3);
  let left = 12;
  let mostAtOnce = 0;
  const work = Array.from({ length: left }, async () => {
    await background.embedImage(png);
    const { waiting, running } = model.load();
    mostAtOnce = Math.max(mostAtOnce, waiting + running);
    left--;
  });
  await Promise.race(work);
  await model.embedImage(png);
  expect(left).toBeGreaterThan(6);
  await Promise.all(work);
  expect(mostAtOnce).toBeLessThanOrEqual(2); // one of the job and the search
  await close();
});

test('an image of a job that fails makes room for the next', async () => {
  const { model, close } = await serve();
  const background = inBackground(model);
  await expect(background.embedImage(Buffer.from('no image'))).rejects.toMatchObject({
    code: 'not-an-image',
  });
  expect((await background.embedImage(await colourPng(1, 2, 3))).vector).toHaveLength(4);
  await close();
});
