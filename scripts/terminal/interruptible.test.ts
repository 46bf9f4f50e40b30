import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SinterError } from '../../retrieval/errors.ts';
import { stopIfAborted } from '../../retrieval/progress.ts';
import { start } from '../sinter.test-helper.ts';
import { interruptible } from './interruptible.ts';

const STUBBORN = fileURLToPath(new URL('./stubborn.test-helper.ts', import.meta.url));

test('the first Ctrl-C aborts, and the error says what is kept', async () => {
  const said: string[] = [];
  const work = async (signal: AbortSignal) => {
    process.emit('SIGINT');
    stopIfAborted(signal);
  };
  const stopped = interruptible({ say: (text) => said.push(text), ifStopped: 'All is kept.' }, work);
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted', message: 'Stopped. All is kept.' });
  expect(said).toEqual(['Stopping at the next safe point. Ctrl-C again ends at once.']);
  expect(process.listenerCount('SIGINT')).toBe(0);
});

test('work that ends well in spite of Ctrl-C has ended well, and other errors stay what they are', async () => {
  const quiet = { say: () => {}, ifStopped: '' };
  const late = async () => {
    process.emit('SIGTERM');
    return 'done';
  };
  expect(await interruptible(quiet, late)).toBe('done');
  const fail = () => Promise.reject(new SinterError('bad-data', 'no images'));
  await expect(interruptible(quiet, fail)).rejects.toThrow('no images');
});

test('one Ctrl-C that arrives twice, as under npm, counts once; another ends the process at once', async () => {
  const { child, until, ended } = start('.', ['--import', import.meta.resolve('tsx'), STUBBORN]);
  await until(/working/);
  child.kill('SIGINT');
  child.kill('SIGINT');
  await until(/Stopping/);
  child.kill('SIGINT');
  await sleep(600);
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect((await ended).signal).toBe('SIGINT');
});
