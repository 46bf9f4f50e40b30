/** Checks what comes in with a request, by zod, and says in a sentence what is wrong. */
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';

type Range = { name: string; min: number; max: number };

/** A whole number from JSON, or its digits from a form field or a query string. */
export function wholeNumber({ name, min, max }: Range) {
  const error = (issue: { input?: unknown }) =>
    `Expected ${name} to be a whole number from ${min} to ${max}, got ${shown(issue.input)}.`;
  return z.preprocess(digitsToNumber, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** The value as the schema gives it back; throws `bad-input` with what is wrong. */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SinterError('bad-input', result.error.issues.map(({ message }) => message).join(' '));
}

function digitsToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
