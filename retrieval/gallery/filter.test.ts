import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FILTER_LIMITS, type Filter, filterSchema, parseFilter } from './filter.ts';
import { matches } from './filter-match.ts';
import { MODEL, newItem } from './gallery.test-helper.ts';
import type { ItemId } from './item.ts';
import { Store } from './store.ts';

const ITEMS: Record<string, { label: string | null; metadata: Record<string, unknown> }> = {
  cup: { label: 'cup', metadata: { price: 5, tags: ['red', 'new'], sold: false, maker: { name: 'Ada' } } },
  mug: { label: 'mug', metadata: { price: 12.5, tags: ['blue'], sold: true, maker: null } },
  jug: { label: null, metadata: { price: '12.5', tags: [], 'odd.name': 'x', 'price list': 1 } },
  pot: { label: 'Mug', metadata: { tags: [['red'], { deep: 1 }], sold: 0, maker: {} } },
};

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-filter-'));
  store = new Store(join(folder, 'gallery.db'), { create: { name: 'shop', model: MODEL } });
  const items = Object.entries(ITEMS).map(([id, parts], i) => ({
    ...newItem(i),
    id: id as ItemId,
    ...parts,
  }));
  store.put(items, MODEL.id);
});
afterAll(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

/** What the database finds, and nothing else meets the filter without one. */
const found = (filter: Filter) => {
  const ids = store.items.page({ filter, limit: 10 }).items.map(({ id }) => id);
  const meeting = Object.entries(ITEMS).filter(([id, parts]) =>
    matches(filter, { id: id as ItemId, ...parts }),
  );
  expect(meeting.map(([id]) => id).sort()).toEqual(ids);
  return ids.join(' ');
};

describe('a filter lets through', () => {
  test.each<[string, Filter, string]>([
    ['an id', { field: 'id', equals: 'mug' }, 'mug'],
    ['a label, in its own case', { field: 'label', equals: 'mug' }, 'mug'],
    ['any of some labels', { field: 'label', in: ['cup', 'Mug', 'none', 5] }, 'cup pot'],
    ['no label', { field: 'label', equals: null }, 'jug'],
    ['labels that exist', { field: 'label', exists: true }, 'cup mug pot'],
    ['labels that do not', { field: 'label', exists: false }, 'jug'],
    ['a range of labels', { field: 'label', range: { gte: 'cup', lt: 'mug' } }, 'cup'],
    ['no label by a range of numbers', { field: 'label', range: { gte: 0 } }, ''],
    ['a number', { field: 'metadata.price', equals: 12.5 }, 'mug'],
    ['a text that looks like a number', { field: 'metadata.price', equals: '12.5' }, 'jug'],
    ['either', { field: 'metadata.price', in: [12.5, '12.5'] }, 'jug mug'],
    ['a range of numbers', { field: 'metadata.price', range: { gt: 5, lte: 12.5 } }, 'mug'],
    ['a range of texts', { field: 'metadata.price', range: { gte: '1' } }, 'jug'],
    ['one of several values', { field: 'metadata.tags', equals: 'red' }, 'cup pot'],
    ['a value below a list', { field: 'metadata.tags.deep', equals: 1 }, 'pot'],
    ['a boolean that is not a number', { field: 'metadata.sold', equals: false }, 'cup'],
    ['a number that is not a boolean', { field: 'metadata.sold', equals: 0 }, 'pot'],
    ['a value of an object', { field: 'metadata.maker.name', equals: 'Ada' }, 'cup'],
    ['an object that is there', { field: 'metadata.maker', exists: true }, 'cup'],
    ['what is null or not there', { field: 'metadata.maker', equals: null }, 'jug mug pot'],
    ['a name with a dot', { field: 'metadata.odd.name', exists: true }, 'jug'],
    ['no path that only begins alike', { field: 'metadata.pric', exists: true }, ''],
    [
      'both',
      {
        and: [
          { field: 'label', exists: true },
          { field: 'metadata.sold', exists: true },
        ],
      },
      'cup mug pot',
    ],
    [
      'either of two',
      {
        or: [
          { field: 'id', equals: 'jug' },
          { field: 'label', equals: 'cup' },
        ],
      },
      'cup jug',
    ],
    ['what is not, with null as any other', { not: { field: 'label', equals: 'mug' } }, 'cup jug pot'],
    ['no range, with null', { not: { field: 'label', range: { gt: 'a' } } }, 'jug pot'],
    ['not what does not exist', { not: { not: { field: 'metadata.price', exists: true } } }, 'cup jug mug'],
    ['nothing by a text of SQL', { field: "metadata.x') OR 1 --", equals: "'" }, ''],
  ])('%s', (_, filter, expected) => {
    expect(found(parseFilter(filter))).toBe(expected);
  });

  test('a thousand values and as many conditions as are allowed', () => {
    const values = Array.from({ length: FILTER_LIMITS.values }, (_, i) => `v${i}`);
    const condition = { field: 'metadata.tags', in: [...values.slice(1), 'blue'] };
    const or = Array.from({ length: FILTER_LIMITS.conditions - 1 }, () => condition);
    expect(found(parseFilter({ or }))).toBe('mug');
  });
});

describe('a filter is refused, and says where it is wrong,', () => {
  const nested = (depth: number): unknown =>
    depth === 1 ? { field: 'id', exists: true } : { not: nested(depth - 1) };

  test.each<[string, unknown, string]>([
    ['when it is no object', 5, 'expected a condition with one of equals, in, range'],
    ['when it is empty', {}, 'got {}'],
    ['when it has two forms', { field: 'id', equals: 'a', exists: true }, 'expected a condition with one of'],
    [
      'for a field that is none',
      { field: 'price', equals: 1 },
      'expected "id", "label" or "metadata." and a path',
    ],
    ['for metadata without a path', { field: 'metadata.', equals: 1 }, 'got "metadata."'],
    ['for a value that is none', { field: 'id', equals: [1] }, 'true, false or null, got [1] at equals'],
    ['for an empty list', { field: 'id', in: [] }, 'at in'],
    ['for a range of nothing', { field: 'id', range: {} }, 'gt, gte, lt'],
    [
      'for a range of two kinds',
      { field: 'id', range: { gt: 1, lt: 'b' } },
      'all of them numbers or all texts',
    ],
    ['for no conditions', { and: [] }, 'at least one condition'],
    ['for a key too many', { field: 'id', equals: 'a', like: 'b' }, 'like'],
    ['deep inside', { and: [{ field: 'id', exists: true }, { not: { field: 'x', equals: 1 } }] }, 'got "x"'],
    ['beyond the depth', nested(FILTER_LIMITS.depth + 1), 'nested at most 8 deep'],
    ['far beyond the depth', nested(5000), 'nested at most 8 deep'],
    [
      'with too many conditions',
      { or: Array(100).fill({ field: 'id', exists: true }) },
      'at most 100 conditions',
    ],
  ])('%s', (_, filter, complaint) => {
    expect(() => parseFilter(filter)).toThrow('The filter is wrong');
    expect(() => parseFilter(filter)).toThrow(complaint);
  });

  test('and is taken at the limit of depth', () => {
    expect(parseFilter(nested(FILTER_LIMITS.depth))).toEqual(nested(FILTER_LIMITS.depth));
  });
});

test('the schema of filters can be written as JSON Schema', () => {
  const schema = z.toJSONSchema(z.object({ filter: filterSchema.optional() }), { io: 'input' });
  expect(JSON.stringify(schema)).toContain('#/$defs/Filter');
});
