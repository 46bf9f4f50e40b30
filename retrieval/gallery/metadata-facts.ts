/**
 * The single values in an item's metadata, each under its dotted path: what filters look up and `fields` sums up.
 * `{ size: { cm: 4 }, tags: ['a', 'b'] }` has three: size.cm = 4, tags = 'a', tags = 'b'. Null is as absent.
 */
import { SinterError } from '../errors.ts';
import type { Database } from './database.ts';

export const FACT_KINDS = ['text', 'number', 'boolean'] as const;
export type FactKind = (typeof FACT_KINDS)[number];
export type Scalar = string | number | boolean;
export type Fact = { path: string; kind: FactKind; value: string | number };

/** Enough for any description of an image, and few enough that one item cannot hold up a gallery. */
const MOST_FACTS = 1000;
const MOST_DEPTH = 16;

/** The facts of `metadata`. Throws `bad-input` when there are more than 1000 values or 16 levels. */
export function factsOf(metadata: Record<string, unknown>): Fact[] {
  const facts: Fact[] = [];
  const visit = (value: unknown, path: string, depth: number) => {
    if (depth > MOST_DEPTH) throw tooMuch(`${MOST_DEPTH} levels`);
    if (Array.isArray(value)) for (const element of value) visit(element, path, depth + 1);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        visit(inner, path === '' ? name : `${path}.${name}`, depth + 1);
      }
    } else if (isScalar(value)) facts.push({ path, ...factValue(value) });
    if (facts.length > MOST_FACTS) throw tooMuch(`${MOST_FACTS} values`);
  };
  visit(metadata, '', 0);
  return facts;
}

/** How a value is stored and compared: a boolean as 0 or 1 of a kind of its own. */
export function factValue(value: Scalar): { kind: FactKind; value: string | number } {
  if (typeof value === 'string') return { kind: 'text', value };
  return typeof value === 'number' ? { kind: 'number', value } : { kind: 'boolean', value: Number(value) };
}

/** Replaces the facts of an item; within a `write`. */
export function writeFacts(db: Database, item: number, metadata: Record<string, unknown>): void {
  db.run('DELETE FROM facts WHERE item = ?', item);
  for (const { path, kind, value } of factsOf(metadata)) {
    const sql = 'INSERT OR IGNORE INTO facts (item, path, kind, value) VALUES (?, ?, ?, ?)';
    db.run(sql, item, path, kind, value);
  }
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' || typeof value === 'boolean';
}

function tooMuch(limit: string): SinterError {
  return new SinterError(
    'bad-input',
    `Expected metadata of at most ${limit}. Leave out what nobody filters by.`,
  );
}
