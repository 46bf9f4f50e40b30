/** Checks what comes in with a request, by zod, and says in a sentence where and what is wrong. */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';

/** A whole number from JSON, or its digits from a form field or a query string. */
export function wholeNumber({ min, max }: { min: number; max: number }) {
  const error = (issue: { input?: unknown }) =>
    `expected a whole number from ${min} to ${max}, got ${shown(issue.input)}`;
  return z.preprocess(digitsToNumber, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A value of JSON, or its text from a form field or a query string. */
export function orJsonText<S extends z.ZodType>(schema: S) {
  return z.preprocess(parseText, schema);
}

/** The value as the schema gives it back; throws `bad-input` with where and what is wrong. */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value, { error: sentenceOf });
  if (result.success) return result.data;
  throw new SinterError('bad-input', result.error.issues.map(complaint).join(' '));
}

function complaint({ path, message }: z.core.$ZodIssue): string {
  const sentence = message.replace(/\.$/, '');
  return path.length === 0 ? `${capitalised(sentence)}.` : `\`${placeOf(path)}\`: ${sentence}.`;
}

/** Such as `filter.and[0].field`. */
function placeOf(path: PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i ? '.' : ''}${String(key)}`))
    .join('');
}

/** For what a schema says nothing about itself. */
function sentenceOf(issue: z.core.$ZodRawIssue): string {
  const got = `got ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${withArticle(issue.expected)}, ${got}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.join(', ')}`;
    case 'invalid_value':
      return `expected ${issue.values.map(shown).join(' or ')}, ${got}`;
    case 'too_small':
      return `expected ${sizeOf(issue.origin)} of at least ${issue.minimum}, ${got}`;
    case 'too_big':
      return `expected ${sizeOf(issue.origin)} of at most ${issue.maximum}, ${got}`;
    case 'invalid_union':
      return `fits none of the forms that it may have, ${got}`;
    default:
      return `${issue.message ?? 'expected another value'}, ${got}`;
  }
}

function sizeOf(origin: string): string {
  if (origin === 'string') return 'a text with a length';
  return origin === 'array' ? 'a list with a length' : 'a number';
}

function withArticle(type: string): string {
  if (type === 'array') return 'a list';
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function digitsToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

/** What is no JSON stays the text that it is, for the schema to judge. */
function parseText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
