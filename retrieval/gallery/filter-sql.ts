/** Filters as SQL: a condition on the table `items` with its values, every part of it true or false and never null. */
import type { Value } from './database.ts';
import type { Bounds, Filter } from './filter.ts';
import { FACT_KINDS, type FactKind, factValue, type Scalar } from './metadata-facts.ts';

export type Condition = { sql: string; values: Value[] };

type FieldFilter = Extract<Filter, { field: string }>;

const METADATA = 'metadata.';
const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const NEVER: Condition = { sql: '0', values: [] };

/** The condition that an item meets which `filter` lets through; always met where there is no filter. */
export function conditionOf(filter: Filter | undefined): Condition {
  if (filter === undefined) return { sql: '1', values: [] };
  if ('and' in filter) return joined(filter.and.map(conditionOf), 'AND');
  if ('or' in filter) return joined(filter.or.map(conditionOf), 'OR');
  if ('not' in filter) return negated(conditionOf(filter.not));
  return filter.field.startsWith(METADATA)
    ? metadataCondition(filter.field.slice(METADATA.length), filter)
    : columnCondition(`items.${filter.field}`, filter);
}

function joined(conditions: Condition[], word: 'AND' | 'OR'): Condition {
  const sql = conditions.map((condition) => condition.sql).join(` ${word} `);
  return { sql: `(${sql})`, values: conditions.flatMap(({ values }) => values) };
}

function negated({ sql, values }: Condition): Condition {
  return { sql: `(NOT ${sql})`, values };
}

/** On a column of texts, where null is what is absent. */
function columnCondition(column: string, filter: FieldFilter): Condition {
  const given = { sql: `${column} IS NOT NULL`, values: [] };
  if ('exists' in filter) return filter.exists ? joined([given], 'AND') : negated(given);
  if ('range' in filter) {
    return kindOf(filter.range) === 'text' ? joined([given, within(column, filter.range)], 'AND') : NEVER;
  }
  if ('equals' in filter && filter.equals === null) return negated(given);
  const texts = wantedBy(filter).filter((value) => typeof value === 'string');
  return joined([given, among(column, texts)], 'AND');
}

function metadataCondition(path: string, filter: FieldFilter): Condition {
  if ('exists' in filter) return filter.exists ? existing(path) : negated(existing(path));
  if ('range' in filter) return havingFact(path, kindOf(filter.range), within('value', filter.range));
  if ('equals' in filter && filter.equals === null) return negated(existing(path));
  const wanted = wantedBy(filter).map(factValue);
  const conditions = FACT_KINDS.flatMap((kind) => {
    const values = wanted.filter((fact) => fact.kind === kind).map(({ value }) => value);
    return values.length === 0 ? [] : [havingFact(path, kind, among('value', values))];
  });
  return joined(conditions, 'OR');
}

function havingFact(path: string, kind: FactKind, { sql, values }: Condition): Condition {
  return {
    sql: `items.key IN (SELECT item FROM facts WHERE path = ? AND kind = ? AND ${sql})`,
    values: [path, kind, ...values],
  };
}

/** A value at the path, or at any path below it: `/` is the character after the dot. */
function existing(path: string): Condition {
  return {
    sql: 'items.key IN (SELECT item FROM facts WHERE path = ? OR (path > ? AND path < ?))',
    values: [path, `${path}.`, `${path}/`],
  };
}

function among(column: string, wanted: (string | number)[]): Condition {
  if (wanted.length === 1) return { sql: `${column} = ?`, values: wanted };
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(wanted)] };
}

function within(column: string, range: Bounds<number> | Bounds<string>): Condition {
  const bounds = Object.entries(range).filter(([, bound]) => bound !== undefined);
  return joined(
    bounds.map(([name, bound]) => ({
      sql: `${column} ${OPERATORS[name as keyof typeof OPERATORS]} ?`,
      values: [bound as string | number],
    })),
    'AND',
  );
}

function kindOf(range: Bounds<number> | Bounds<string>): FactKind {
  return Object.values(range).some((bound) => typeof bound === 'string') ? 'text' : 'number';
}

function wantedBy(filter: Extract<FieldFilter, { equals: unknown } | { in: unknown }>): Scalar[] {
  return 'in' in filter ? filter.in : [filter.equals as Scalar];
}
