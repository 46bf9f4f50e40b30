/**
 * Filters over items: what a condition may say, and how one from outside is checked. `filter-sql.ts` evaluates them.
 * An example: { "and": [{ "field": "label", "in": ["cup", "mug"] }, { "field": "metadata.price", "range": { "lt": 20 } }] }
 */
import { z } from 'zod';
import { SinterError } from '../errors.ts';

/** `depth` counts how conditions are nested, `conditions` all in one filter, `values` those of one `in`. */
export const FILTER_LIMITS = { depth: 8, conditions: 100, values: 1000 } as const;

export type Bounds<T> = { gt?: T | undefined; gte?: T | undefined; lt?: T | undefined; lte?: T | undefined };

/**
 * A condition on one field, or conditions combined. A field is `id`, `label`, or `metadata.` and names joined by dots.
 * Null is as absent. A field with several values, a list in the metadata, meets a condition when one of them does.
 * Texts are compared by code point, and never equal numbers.
 */
export type Filter =
  | { field: string; equals: string | number | boolean | null }
  | { field: string; in: (string | number | boolean)[] }
  | { field: string; range: Bounds<number> | Bounds<string> }
  | { field: string; exists: boolean }
  | { and: Filter[] }
  | { or: Filter[] }
  | { not: Filter };

const field = z.string().regex(/^(id|label|metadata\..+)$/s, {
  error: ({ input }) => `expected "id", "label" or "metadata." and a path, got ${shown(input)}`,
});
const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: ({ input }) => `expected a text, a number, true or false, got ${shown(input)}`,
});
const orNull = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: ({ input }) => `expected a text, a number, true, false or null, got ${shown(input)}`,
});
const range = z.union([boundsOf(z.number()), boundsOf(z.string())], {
  error: ({ input }) => `expected gt, gte, lt or lte, all of them numbers or all texts, got ${shown(input)}`,
});
const filters = z.lazy(() => z.array(tree).min(1, { error: 'expected at least one condition' }));

/** By the key that tells them apart; everything else in a condition is refused. */
const FORMS = {
  equals: z.strictObject({ field, equals: orNull }),
  in: z.strictObject({ field, in: z.array(scalar).min(1).max(FILTER_LIMITS.values) }),
  range: z.strictObject({ field, range }),
  exists: z.strictObject({ field, exists: z.boolean() }),
  and: z.strictObject({ and: filters }),
  or: z.strictObject({ or: filters }),
  not: z.strictObject({ not: z.lazy(() => tree) }),
};

const tree: z.ZodType<Filter> = z
  .union(Object.values(FORMS) as unknown as [z.ZodType<Filter>, ...z.ZodType<Filter>[]], { error: explain })
  .meta({
    id: 'Filter',
    description: `A condition on a field (id, label or metadata.PATH), or conditions combined. At most ${FILTER_LIMITS.depth} deep and ${FILTER_LIMITS.conditions} conditions.`,
    example: {
      and: [
        { field: 'label', equals: 'cup' },
        { field: 'metadata.price', range: { lt: 20 } },
      ],
    },
  });

/** Checks a filter from outside, its size before all else. */
export const filterSchema = z.preprocess((value, context) => {
  const excess = excessOf(value);
  if (excess === undefined) return value;
  context.addIssue({ code: 'custom', message: excess, input: value });
  return z.NEVER;
}, tree);

/** The filter that `value` is. Throws `bad-input` saying where it is wrong. */
export function parseFilter(value: unknown): Filter {
  const { data, error } = filterSchema.safeParse(value);
  if (!error) return data;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw new SinterError('bad-input', `The filter is wrong${at(path)}: ${message}.`);
}

function boundsOf<T extends z.ZodType<number | string>>(value: T) {
  const bound = value.optional();
  return z
    .strictObject({ gt: bound, gte: bound, lt: bound, lte: bound })
    .refine((bounds) => Object.values(bounds).some((given) => given !== undefined), {
      error: 'expected at least one of gt, gte, lt and lte',
    });
}

/** What is wrong in the form that the condition's keys tell it to be, and where. */
function explain({ input, errors }: { input?: unknown; errors?: unknown }): string {
  const keys =
    typeof input === 'object' && input !== null ? Object.keys(FORMS).filter((k) => k in input) : [];
  if (keys.length !== 1)
    return `expected a condition with one of ${Object.keys(FORMS).join(', ')}, got ${shown(input)}`;
  const issues = (errors as z.core.$ZodIssue[][])[Object.keys(FORMS).indexOf(keys[0]!)] ?? [];
  const [issue] = issues;
  return issue ? `${issue.message}${at(issue.path)}` : `this ${keys[0]} is not understood`;
}

function at(path: PropertyKey[]): string {
  if (path.length === 0) return '';
  return ` at ${path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1)}`;
}

/** Which limit of size `value` breaks. Goes down no further than the limit, however deep the value is. */
function excessOf(value: unknown): string | undefined {
  let conditions = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    conditions += level.length;
    if (depth >= FILTER_LIMITS.depth) return `expected conditions nested at most ${FILTER_LIMITS.depth} deep`;
    if (conditions > FILTER_LIMITS.conditions)
      return `expected at most ${FILTER_LIMITS.conditions} conditions in one filter`;
    level = level.flatMap(partsOf);
  }
  return undefined;
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { and, or, not } = value as { and?: unknown; or?: unknown; not?: unknown };
  return [and, or, not].flatMap((part) => (part === undefined ? [] : part));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
