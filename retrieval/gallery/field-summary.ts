/** What the metadata of a gallery's items holds, path by path: for whoever chooses a filter. */
import type { Database, Value } from './database.ts';
import type { Filter } from './filter.ts';
import { conditionOf } from './filter-sql.ts';
import type { FieldSummary } from './item.ts';
import type { FactKind } from './metadata-facts.ts';

const MOST_FIELDS = 100;
const MOST_VALUES = 20;

type FieldRow = {
  path: string;
  kind: FactKind;
  items: number;
  different: number;
  min: string | number;
  max: string | number;
};

/** Which facts count, as a condition on the table `facts`. */
type Among = { sql: string; values: Value[] };

/** The paths that most items have, of those that `filter` lets through; at most 100, in order of their name. */
export function summarizeFields(db: Database, filter?: Filter): FieldSummary[] {
  const among = factsOfItems(filter);
  const sql = `SELECT path, kind, count(DISTINCT item) AS items, count(DISTINCT value) AS different,
      min(value) AS min, max(value) AS max
    FROM facts WHERE ${among.sql} GROUP BY path, kind ORDER BY items DESC, path LIMIT ?`;
  const rows = db.all<FieldRow>(sql, ...among.values, MOST_FIELDS);
  return rows.map((row) => summarize(db, among, row)).sort((a, b) => (a.field < b.field ? -1 : 1));
}

function factsOfItems(filter: Filter | undefined): Among {
  if (!filter) return { sql: '1', values: [] };
  const { sql, values } = conditionOf(filter);
  return { sql: `item IN (SELECT key FROM items WHERE ${sql})`, values };
}

function summarize(db: Database, among: Among, row: FieldRow): FieldSummary {
  const { path, kind, items, different, min, max } = row;
  const sql = `SELECT value, count(*) AS count FROM facts WHERE path = ? AND kind = ? AND ${among.sql}
    GROUP BY value ORDER BY count DESC, value LIMIT ?`;
  const rows = db.all<{ value: string | number; count: number }>(
    sql,
    path,
    kind,
    ...among.values,
    MOST_VALUES,
  );
  const values = rows.map(({ value, count }) => ({ value: kind === 'boolean' ? value === 1 : value, count }));
  const range = kind === 'boolean' ? {} : { range: { min, max } };
  return { field: `metadata.${path}`, kind, items, distinct: different, values, ...range };
}
