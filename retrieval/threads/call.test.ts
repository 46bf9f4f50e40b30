import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { WorkerThread } from './call.ts';
import type { EchoMethods } from './echo-worker.test-helper.ts';

let thread: WorkerThread<EchoMethods>;
afterEach(() => thread.close());

const start = () => {
  thread = new WorkerThread<EchoMethods>(new URL('./echo-worker.test-helper.ts', import.meta.url), {
    greeting: 'hi',
  });
  return thread;
};

test('a call carries arguments there and the answer back', async () => {
  expect(await start().call('greet', ['Ada'])).toBe('hi Ada');
});

test('a moved buffer arrives whole', async () => {
  const answer = await start().call('count', [4]);
  expect([...answer]).toEqual([0, 1, 2, 3]);
});

test('calls that came while the thread was at work are all answered, with those that wait among them', async () => {
  const blocked = start().call('block', [50, new Int32Array(new SharedArrayBuffer(4))]);
  const calls = Array.from({ length: 100 }, (_, i) =>
    thread.call(i % 10 === 3 ? 'greetLater' : 'greet', [`${i}`]),
  );
  const failed = expect(thread.call('fail', [])).rejects.toThrow('no');
  const last = thread.call('greet', ['last']);
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 100 }, (_, i) => `hi ${i}`));
  expect(await last).toBe('hi last');
  await Promise.all([failed, blocked]);
});

test('an error keeps its name, message and code, and the thread lives on', async () => {
  await expect(start().call('fail', [])).rejects.toMatchObject({
    name: 'TypeError',
    message: 'no',
    code: 'BAD',
  });
  expect(await thread.call('greet', ['again'])).toBe('hi again');
});

test('calls that wait when the thread closes are rejected, as are later ones', async () => {
  const waiting = start().call('never', []);
  const rejected = expect(waiting).rejects.toThrow('closed');
  await thread.close();
  await rejected;
  await expect(thread.call('greet', ['x'])).rejects.toThrow('closed');
});

test('a thread that closes finishes what it computes, since native code must not be cut off', async () => {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  await start().call('greet', ['x']);
  const blocked = thread.call('block', [200, ended]);
  const rejected = expect(blocked).rejects.toThrow('closed');
  await thread.close();
  expect(ended[0]).toBe(1);
  await rejected;
});

test('a process stays until a thread that it closes has ended, though that still answers', async () => {
  const helper = fileURLToPath(new URL('./closing.test-helper.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('tsx'), helper];
  expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('closed\n');
});

test('calls that wait when the thread dies are rejected', async () => {
  await expect(start().call('die', [])).rejects.toThrow('exit code 3');
});
