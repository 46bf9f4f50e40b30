/** What the metadata of a gallery's items holds, path by path: for whoever chooses a filter. */
import type { Database } from './database.ts';
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

/** The paths that most items have, at most 100, in order of their name. */
export function summarizeFields(db: Database): FieldSummary[] {
  const sql = `SELECT path, kind, count(DISTINCT item) AS items, count(DISTINCT value) AS different,
      min(value) AS min, max(value) AS max
    FROM facts GROUP BY path, kind ORDER BY items DESC, path LIMIT ?`;
  const rows = db.all<FieldRow>(sql, MOST_FIELDS);
  return rows.map((row) => summarize(db, row)).sort((a, b) => (a.field < b.field ? -1 : 1));
}

function summarize(db: Database, { path, kind, items, different, min, max }: FieldRow): FieldSummary {
  const sql = `SELECT value, count(*) AS count FROM facts WHERE path = ? AND kind = ?
    GROUP BY value ORDER BY count DESC, value LIMIT ?`;
  const rows = db.all<{ value: string | number; count: number }>(sql, path, kind, MOST_VALUES);
  const values = rows.map(({ value, count }) => ({ value: kind === 'boolean' ? value === 1 : value, count }));
  const range = kind === 'boolean' ? {} : { range: { min, max } };
  return { field: `metadata.${path}`, kind, items, distinct: different, values, ...range };
}
