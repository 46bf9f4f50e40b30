import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventLog } from './events.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-events-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const epoch = (number: number) =>
  ({
    event: 'epoch',
    epoch: number,
    loss: 1 / number,
    alpha: 16,
    learningRate: 0.1,
    validation: {},
    seconds: 1,
  }) as const;

async function eventsOf(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { event, epoch, time } = JSON.parse(line);
    expect(new Date(time).toISOString()).toBe(time);
    return epoch === undefined ? event : `${event} ${epoch}`;
  });
}

test('a resumed log drops what will happen again, the end, and a line that was cut short', async () => {
  const log = new EventLog(join(folder, 'new', 'events.jsonl'));
  await log.begin({ event: 'start', recipe: {} });
  for (const number of [1, 2, 3]) await log.append(epoch(number));
  await log.append({ event: 'end' });
  await writeFile(log.path, '{"event":"epo', { flag: 'a' });
  await log.resume(2);
  await log.append(epoch(3));
  expect(await eventsOf(log.path)).toEqual(['start', 'epoch 1', 'epoch 2', 'epoch 3']);
});

test('a log that has gone missing begins where the run goes on', async () => {
  const log = new EventLog(join(folder, 'missing', 'events.jsonl'));
  await log.resume(4);
  await log.append(epoch(5));
  expect(await eventsOf(log.path)).toEqual(['epoch 5']);
});
