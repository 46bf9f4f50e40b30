import { expect, test } from 'vitest';
import { type Cores, createCores } from './cores.ts';

/** Pieces that end when they are told to, and the order in which they began. */
function pieces({ share }: Cores) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const ask = (number: number) =>
    share(() => {
      begun.push(number);
      return new Promise<number>((resolve) => {
        ends[number] = () => resolve(number);
      });
    });
  return { ask, begun, end: (number: number) => ends[number]?.() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('two pieces run on each free core, and others follow in the order in which they came', async () => {
  const { ask, begun, end } = pieces(createCores(2));
  const answers = [0, 1, 2, 3, 4, 5].map(ask);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
  end(2);
  expect(await answers[2]).toBe(2);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('what occupies a core leaves it fewer pieces, and one where none is free', async () => {
  const cores = createCores(2);
  const { ask, begun, end } = pieces(cores);
  const frees = [cores.occupy(1), cores.occupy(1)];
  void [0, 1, 2, 3, 4, 5].map(ask);
  await settled();
  expect(begun).toEqual([0]);
  frees[0]?.();
  await settled();
  expect(begun).toEqual([0, 1]);
  frees[1]?.();
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
  cores.occupy(4);
  for (const number of [0, 1, 2, 3]) end(number);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('where all of many cores are occupied, a piece runs on every second', async () => {
  const cores = createCores(7);
  const { ask, begun } = pieces(cores);
  cores.occupy(7);
  void [0, 1, 2, 3, 4, 5].map(ask);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('work that fails gives its place back', async () => {
  const cores = createCores(1);
  const broken = () => Promise.reject(new Error('broken'));
  for (let i = 0; i < 3; i++) await expect(cores.share(broken)).rejects.toThrow('broken');
  const { ask, begun } = pieces(cores);
  void [0, 1, 2].map(ask);
  await settled();
  expect(begun).toEqual([0, 1]);
});
