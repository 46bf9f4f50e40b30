import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Candidate, createOwnCore } from './own-core.ts';

const CORES = [0, 1];
const ALL = [CORES, 'all'];
/** What is asked of the system for a session's thread: all threads go to the other core, then that one to its own. */
const GIVEN = [
  [[0], 'all'],
  [[1], 7],
];

let asked: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  asked = [];
});
afterEach(() => vi.useRealTimers());

const keep = async (...what: unknown[]) => {
  asked.push(what);
};

/** A machine with a crowded session; `pass` lets seconds pass in which this process uses that share of all cores. */
function machine({ keep: keeping = keep, isCrowded = true } = {}) {
  let processorMs = 0;
  const ownCore = createOwnCore({ cores: CORES, keep: keeping, processorMs: () => processorMs });
  const candidate: Candidate = { thread: 7, isCrowded: () => isCrowded };
  ownCore.enter(candidate);
  const pass = async (seconds: number, share: number) => {
    for (let second = 0; second < seconds; second++) {
      processorMs += share * 1000 * CORES.length;
      await vi.advanceTimersByTimeAsync(1000);
    }
  };
  return { ownCore, candidate, pass };
}

test('a session gets a core of its own while this process keeps all of them busy and runs wait', async () => {
  const { ownCore, pass } = machine();
  await pass(5, 0.8);
  expect(ownCore.isGiven).toBe(false);
  await pass(1, 0.95);
  expect(ownCore.isGiven).toBe(true);
  expect(asked).toEqual(GIVEN);
  await pass(60, 0.95);
  expect(asked).toEqual(GIVEN);
});

test('none is given to a session for which no run waits', async () => {
  const { pass } = machine({ isCrowded: false });
  await pass(60, 1);
  expect(asked).toEqual([]);
});

test('it is given back when cores wait for four seconds in a row, and not again soon if they may have waited for it', async () => {
  const { ownCore, pass } = machine();
  await pass(1, 0.95);
  await pass(3, 0.6);
  await pass(1, 0.95);
  await pass(3, 0.6);
  expect(ownCore.isGiven).toBe(true);
  await pass(1, 0.6);
  expect(ownCore.isGiven).toBe(false);
  expect(asked).toEqual([...GIVEN, ALL]);
  await pass(9, 0.95);
  expect(ownCore.isGiven).toBe(false);
  await pass(1, 0.95);
  expect(ownCore.isGiven).toBe(true);
});

test('after a while without work it is given again at once', async () => {
  const { ownCore, pass } = machine();
  await pass(1, 0.95);
  await pass(4, 0);
  expect(ownCore.isGiven).toBe(false);
  await pass(1, 0.95);
  expect(ownCore.isGiven).toBe(true);
});

test('a session that ends leaves all cores to everyone, and gets none any more', async () => {
  const { ownCore, candidate, pass } = machine();
  await pass(1, 0.95);
  await ownCore.leave(candidate);
  expect(asked).toEqual([...GIVEN, ALL]);
  await pass(60, 1);
  expect(asked).toEqual([...GIVEN, ALL]);
});

test('work that is to find all cores finds them, and none is given meanwhile', async () => {
  const { ownCore, pass } = machine();
  await pass(1, 0.95);
  let end = () => {};
  const done = ownCore.withAllCores(async () => {
    expect(asked).toEqual([...GIVEN, ALL]);
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return 'done';
  });
  await pass(30, 1);
  expect(ownCore.isGiven).toBe(false);
  end();
  expect(await done).toBe('done');
  await pass(1, 1);
  expect(ownCore.isGiven).toBe(true);
});

test('a system that refuses is asked to undo it, and not again for a while', async () => {
  const refusing = async (...what: unknown[]) => {
    asked.push(what);
    if (what[1] === 7) throw new Error('no such thread');
  };
  const { ownCore, pass } = machine({ keep: refusing });
  await pass(1, 0.95);
  expect(ownCore.isGiven).toBe(false);
  expect(asked).toEqual([...GIVEN, ALL]);
  await pass(9, 0.95);
  expect(asked).toEqual([...GIVEN, ALL]);
});

test('a system without `taskset` costs nothing but the gain', async () => {
  const { ownCore, pass, candidate } = machine({
    keep: () => Promise.reject(new Error('spawn taskset ENOENT')),
  });
  await pass(30, 0.95);
  expect(await ownCore.withAllCores(async () => 'done')).toBe('done');
  await ownCore.leave(candidate);
});

test('with one core there is none to give', async () => {
  const ownCore = createOwnCore({ cores: [3], keep, processorMs: () => performance.now() });
  ownCore.enter({ thread: 7, isCrowded: () => true });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});
