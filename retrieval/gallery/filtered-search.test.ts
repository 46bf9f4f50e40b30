import { describe, expect, test, vi } from 'vitest';
import { galleriesOfTests, idsOf, itemId, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import type { Gallery, Hit, SearchOptions } from './item.ts';

const galleries = galleriesOfTests();
const numbers = (hits: Hit[]) => hits.map((hit) => hit.item.metadata.number as number);
const below = (limit: number) => ({ field: 'metadata.number', range: { lt: limit } });
const labelled = (label: string) => ({ field: 'label', equals: label });

/** The shares of the true nearest that searches with these options find, over some queries. */
async function recallOf(gallery: Gallery, k: number, options: SearchOptions): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (let query = 1500; query < 1520; query++) {
    const truth = new Set(idsOf(await gallery.searchExactly(vectorOf(query), k, options)));
    found += idsOf(await gallery.search(vectorOf(query), k, options)).filter((id) => truth.has(id)).length;
    wanted += truth.size;
  }
  return found / wanted;
}

describe('a search with a filter', () => {
  test('finds nothing in an empty gallery, nor where nothing matches', async () => {
    const gallery = await galleries.open();
    expect(await gallery.search(vectorOf(0), 5, { filter: below(10) })).toEqual([]);
    await gallery.put(newItems(0, 50));
    expect(await gallery.search(vectorOf(0), 5, { filter: labelled('none') })).toEqual([]);
    expect(await gallery.searchExactly(vectorOf(0), 5, { filter: labelled('none') })).toEqual([]);
  });

  test('keeps its recall for few matches and for many, near the query and far from it', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 1500));
    for (const filter of [
      below(8),
      below(100),
      below(1200),
      labelled('class-3'),
      { not: labelled('class-3') },
    ]) {
      expect(await recallOf(gallery, 10, { filter })).toBeGreaterThanOrEqual(0.98);
      const matches = await gallery.count(filter);
      expect(await gallery.search(vectorOf(1500), 2000, { filter })).toHaveLength(matches);
      expect(await gallery.search(vectorOf(1500), 7, { filter })).toHaveLength(7);
    }
  });

  test('finds min(k, matches) after items were removed and replaced, and after a restart', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 600));
    await gallery.remove(newItems(0, 280).map(({ id }) => id));
    await gallery.put([newItem(300, vectorOf(9)), newItem(700, vectorOf(9))]);
    const expectAll = async (one: Gallery) => {
      for (const search of ['search', 'searchExactly'] as const) {
        const hits = await one[search](vectorOf(9), 500, { filter: below(320) });
        expect(numbers(hits).toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 40 }, (_, i) => 280 + i),
        );
        expect(idsOf(hits)[0]).toBe(itemId(300));
        expect(await one[search](vectorOf(9), 10, { filter: below(320) })).toHaveLength(10);
      }
    };
    await expectAll(gallery);
    await gallery.close();
    await expectAll(await galleries.open());
  });

  test('follows a change of label or metadata at once', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 60));
    expect(
      await gallery.patch([itemId(3), itemId(4)], { label: 'new', metadata: { number: null, seen: true } }),
    ).toBe(2);
    const filter = { and: [labelled('new'), { field: 'metadata.seen', equals: true }] };
    expect(idsOf(await gallery.search(vectorOf(3), 5, { filter }))).toEqual([itemId(3), itemId(4)]);
    expect(await gallery.search(vectorOf(3), 100, { filter: below(60) })).toHaveLength(58);
    expect(gallery.item(itemId(3))!.metadata).toEqual({ seen: true });
  });

  test('leaves out excluded items and fills up with the next that match', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 100));
    const all = idsOf(await gallery.search(vectorOf(5), 100, { filter: below(50) }));
    const exclude = all.slice(0, 3);
    expect(idsOf(await gallery.search(vectorOf(5), 10, { filter: below(50), exclude }))).toEqual(
      all.slice(3, 13),
    );
  });

  test('comes to what another process writes', async () => {
    const [server, writer] = [await galleries.open(), await galleries.open()];
    await writer.put(newItems(0, 30));
    const all = async () =>
      expect(await server.search(vectorOf(0), 50, { filter: below(20) })).toHaveLength(20);
    await vi.waitFor(all, { timeout: 10_000 });
    await writer.remove([itemId(1)]);
    await writer.patch([itemId(2)], { metadata: { number: 99 } });
    const found = idsOf(await server.search(vectorOf(0), 50, { filter: below(20) }));
    expect(found).toHaveLength(18);
    expect(found).not.toContain(itemId(2));
  });

  test('is right while items come and go', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 200));
    const writing = (async () => {
      for (let i = 200; i < 400; i += 20) {
        await gallery.put(newItems(i, i + 20));
        await gallery.remove(newItems(i - 100, i - 90).map(({ id }) => id));
      }
    })();
    let isWriting = true;
    void writing.then(() => {
      isWriting = false;
    });
    while (isWriting) {
      const hits = await gallery.search(vectorOf(50), 400, { filter: below(100) });
      expect(numbers(hits).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
    await writing;
  });
});

describe('paging', () => {
  test.each<[string, SearchOptions]>([
    ['without a filter', {}],
    ['with one', { filter: below(70) }],
    ['with excluded items', { exclude: [itemId(3), itemId(33)] }],
  ])('goes through all items, each once, %s', async (_, options) => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 130));
    const whole = idsOf(await gallery.search(vectorOf(3), 1000, options));
    const paged: string[] = [];
    for (let offset = 0; offset < 150; offset += 20) {
      paged.push(...idsOf(await gallery.search(vectorOf(3), 20, { ...options, offset })));
    }
    expect(paged).toEqual(whole);
    expect(new Set(paged).size).toBe(whole.length);
  });

  test('refuses a page before the first', async () => {
    const gallery = await galleries.open();
    await expect(gallery.search(vectorOf(3), 5, { offset: -1 })).rejects.toThrow('`offset`');
    await expect(gallery.search(vectorOf(3), 5, { offset: 0.5 })).rejects.toThrow('got 0.5');
  });
});

describe('a least similarity', () => {
  test('leaves out what is less similar, with a filter or without', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 200));
    for (const options of [{}, { filter: below(150) }]) {
      const all = await gallery.search(vectorOf(7), 200, options);
      const minSimilarity = all[6]!.similarity - 1e-6;
      expect(idsOf(await gallery.search(vectorOf(7), 200, { ...options, minSimilarity }))).toEqual(
        idsOf(all.slice(0, 7)),
      );
      expect(await gallery.search(vectorOf(7), 3, { ...options, minSimilarity })).toHaveLength(3);
    }
    const unlike = vectorOf(7).map((value) => -value);
    expect(await gallery.search(unlike, 5, { minSimilarity: 0.999 })).toEqual([]);
  });

  test('is refused where no cosine can be', async () => {
    const gallery = await galleries.open();
    await expect(gallery.search(vectorOf(3), 5, { minSimilarity: 1.5 })).rejects.toThrow('from -1 to 1');
    await expect(gallery.search(vectorOf(3), 5, { minSimilarity: Number.NaN })).rejects.toThrow('got NaN');
  });
});
