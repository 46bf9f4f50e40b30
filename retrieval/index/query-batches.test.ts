import { expect, test } from 'vitest';
import { packNeighbours } from './packed-neighbours.ts';
import { QueryBatches } from './query-batches.ts';
import type { Slot } from './vector-index.ts';

const DIM = 2;

/** A thread that answers each query with the slot that its first number is, once it is let go. */
function slowThread() {
  const sent: { count: number; answer: () => void; fail: () => void }[] = [];
  const batches = new QueryBatches(DIM, (queries, ks) => {
    const found = ks.map((k, i) =>
      Array.from({ length: k }, () => ({
        slot: queries[i * DIM] as Slot,
        similarity: queries[i * DIM + 1]!,
      })),
    );
    return new Promise((resolve, reject) => {
      const answer = () => resolve(packNeighbours(found));
      sent.push({ count: ks.length, answer, fail: () => reject(new Error('The thread has ended.')) });
    });
  });
  return { sent, search: (i: number, k = 1) => batches.search(Float32Array.of(i, 0.5), k) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('queries of one turn go together, and each gets its own answer', async () => {
  const { sent, search } = slowThread();
  const answers = [search(1), search(2, 3), search(3)];
  await turn();
  expect(sent.map(({ count }) => count)).toEqual([3]);
  sent[0]!.answer();
  const [one, two, three] = await Promise.all(answers);
  expect(one).toEqual([{ slot: 1, similarity: 0.5 }]);
  expect(two!.map(({ slot }) => slot)).toEqual([2, 2, 2]);
  expect(three!.map(({ slot }) => slot)).toEqual([3]);
});

test('two messages at most are under way, of sixteen queries at most; what waits goes with the next', async () => {
  const { sent, search } = slowThread();
  const answers = Array.from({ length: 40 }, (_, i) => search(i + 1));
  await turn();
  expect(sent.map(({ count }) => count)).toEqual([16, 16]);
  sent[0]!.answer();
  await turn();
  expect(sent.map(({ count }) => count)).toEqual([16, 16, 8]);
  sent[1]!.answer();
  sent[2]!.answer();
  expect((await Promise.all(answers)).map(([best]) => best!.slot)).toEqual(
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
});

test('a thread that ends fails the queries of its message, and later ones are sent all the same', async () => {
  const { sent, search } = slowThread();
  const failing = [search(1), search(2)];
  await turn();
  sent[0]!.fail();
  for (const one of failing) await expect(one).rejects.toThrow('has ended');
  const later = search(3);
  await turn();
  sent[1]!.answer();
  expect(await later).toHaveLength(1);
});
