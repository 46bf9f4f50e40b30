/** A run of `sinter train` that is killed without warning, again and again, and started again each time. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { makeShapes, removeTemporaryFolders, start, temporaryFolder } from '../sinter.test-helper.ts';

const SINTER = fileURLToPath(new URL('../sinter.ts', import.meta.url));
const EPOCHS = 10;
const WORDS = ['--size', '16', '--batch-size', '8', '--dim', '8', '--learning-rate', '0.02', '--json'];

afterAll(removeTemporaryFolders);

/** Starts `sinter train` from its sources. */
function startTraining(place: string, name: string) {
  const words = ['train', 'shapes', '--out', `models/${name}`, '--epochs', String(EPOCHS), ...WORDS];
  return start(place, ['--import', import.meta.resolve('tsx'), SINTER, ...words]);
}

/** When to kill: once this stands in the log of events, and up to so many ms later. */
type Moment = { once: string; withinMs: number };

/** While it starts, in three epochs that the seed decides, and while report and bundle are written. */
function momentsOf(seed: number): Moment[] {
  const random = seededRandom(seed, 'moments');
  const epochs = [2, 4, 7].map((epoch) => epoch + random.integer(2));
  return [
    { once: '', withinMs: 600 },
    ...epochs.map((epoch) => ({ once: `"epoch":${epoch},`, withinMs: 60 })),
    { once: '"event":"end"', withinMs: 300 },
  ];
}

test('killed at any moment and started again, a run becomes the model that it would have become', async () => {
  const place = await temporaryFolder();
  await makeShapes(join(place, 'shapes'), 8);
  await mkdir(join(place, 'models'));
  const whole = JSON.parse((await startTraining(place, 'whole').ended).stdout);
  const log = join(place, 'models', '.runs', 'killed', 'events.jsonl');
  const events = () => readFile(log, 'utf8').catch(() => '');
  const random = seededRandom(1, 'delays');
  const kept: string[] = [];
  for (const { once, withinMs } of momentsOf(1)) {
    const run = startTraining(place, 'killed');
    await run.when(async () => (await events()).includes(once));
    await sleep(random.integer(withinMs));
    run.child.kill('SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    // The checkpoint is written after the log: the last epoch that is logged may have to be run again.
    kept.push(...(await events()).split('\n').slice(0, -2));
  }
  const resumed = JSON.parse((await startTraining(place, 'killed').ended).stdout);
  const lossesOf = ({ history }: { history: { loss?: number }[] }) => history.map(({ loss }) => loss);
  expect(lossesOf(resumed)).toEqual(lossesOf(whole));
  expect(resumed.id).toBe(whole.id);
  const logged = (await readFile(join(place, 'models', 'killed', 'events.jsonl'), 'utf8')).split('\n');
  for (const line of kept) if (!line.includes('"event":"end"')) expect(logged).toContain(line);
  expect((await readdir(join(place, 'models'))).sort()).toEqual(['.cache', '.runs', 'killed', 'whole']);
  expect(await readdir(join(place, 'models', '.runs', 'killed'))).toEqual(['events.jsonl']);
}, 600_000);
