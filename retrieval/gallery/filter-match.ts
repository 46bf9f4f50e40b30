/** Whether an item meets a filter, told without a database: for items that are still to be written. The twin of `filter-sql.ts`. */
import type { Bounds, Filter } from './filter.ts';
import type { Item } from './item.ts';
import { type Fact, factsOf, factValue } from './metadata-facts.ts';

type Described = Pick<Item, 'id' | 'label' | 'metadata'>;
type FieldFilter = Extract<Filter, { field: string }>;

const METADATA = 'metadata.';

/** The same as the database says of the item. Throws `bad-input` for metadata that it would not take. */
export function matches(filter: Filter, item: Described): boolean {
  return meets(filter, [
    ...textFact('id', item.id),
    ...textFact('label', item.label),
    ...factsOf(item.metadata).map((fact) => ({ ...fact, path: METADATA + fact.path })),
  ]);
}

function meets(filter: Filter, facts: Fact[]): boolean {
  if ('and' in filter) return filter.and.every((part) => meets(part, facts));
  if ('or' in filter) return filter.or.some((part) => meets(part, facts));
  if ('not' in filter) return !meets(filter.not, facts);
  return meetsField(filter, facts);
}

function meetsField(filter: FieldFilter, facts: Fact[]): boolean {
  const { field } = filter;
  const exists = facts.some(({ path }) => path === field || path.startsWith(`${field}.`));
  if ('exists' in filter) return exists === filter.exists;
  if ('equals' in filter && filter.equals === null) return !exists;
  const there = facts.filter(({ path }) => path === field);
  if ('range' in filter) return there.some((fact) => isWithin(fact, filter.range));
  const wanted = 'in' in filter ? filter.in : [filter.equals as string | number | boolean];
  return wanted
    .map(factValue)
    .some(({ kind, value }) => there.some((fact) => fact.kind === kind && fact.value === value));
}

function isWithin({ kind, value }: Fact, { gt, gte, lt, lte }: Bounds<number> | Bounds<string>): boolean {
  const bound = gt ?? gte ?? lt ?? lte;
  if (kind !== (typeof bound === 'string' ? 'text' : 'number')) return false;
  return (
    (gt === undefined || order(value, gt) > 0) &&
    (gte === undefined || order(value, gte) >= 0) &&
    (lt === undefined || order(value, lt) < 0) &&
    (lte === undefined || order(value, lte) <= 0)
  );
}

/** Texts by code point, which is the order of their UTF-8 bytes and not that of JavaScript's `<`. */
function order(a: string | number, b: string | number): number {
  return typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
}

function textFact(path: string, value: string | null): Fact[] {
  return value === null ? [] : [{ path, kind: 'text', value }];
}
