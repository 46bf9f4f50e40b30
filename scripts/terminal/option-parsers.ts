/** From what stands on the command line to values within their range. Throws `bad-input` with name, range and what came. */
import { SinterError } from '../../retrieval/errors.ts';

type Parser<T> = (text: string) => T;

/** A whole number from `min` to `max`. */
export function wholeNumber(option: string, min: number, max: number): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text.trim()) && value >= min && value <= max) return value;
    throw refused(option, `a whole number from ${min} to ${max}`, text);
  };
}

/** Several of them, with commas between: `1,2,4`. Comes in ascending order without repetitions. */
export function wholeNumbers(option: string, min: number, max: number): Parser<number[]> {
  return (text) => {
    const expected = `whole numbers from ${min} to ${max} with commas between`;
    const values = text.split(',').map((part) => {
      if (/^\s*\d+\s*$/.test(part) && Number(part) >= min && Number(part) <= max) return Number(part);
      throw refused(option, expected, text);
    });
    return [...new Set(values)].sort((a, b) => a - b);
  };
}

/** A number above 0. */
export function positiveNumber(option: string): Parser<number> {
  return numberWhere(option, 'a number above 0', (value) => value > 0);
}

/** A number of at least 0. */
export function numberFromZero(option: string): Parser<number> {
  return numberWhere(option, 'a number of at least 0', (value) => value >= 0);
}

/** A share: from 0 up to but not 1. */
export function shareBelowOne(option: string): Parser<number> {
  return numberWhere(option, 'a number from 0 up to but not 1', (value) => value >= 0 && value < 1);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A moment to come: the day of a date such as 2027-01-31, from its beginning in UTC on, or so many days from `now` on, such as 90d. */
export function momentToCome(option: string, now: () => number = Date.now): Parser<Date> {
  return (text) => {
    const [, days] = /^(\d{1,5})d$/.exec(text.trim()) ?? [];
    const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
    const time = days ? now() + Number(days) * DAY_MS : isDate ? Date.parse(text.trim()) : Number.NaN;
    if (time > now()) return new Date(time);
    throw refused(option, 'a date to come, such as 2027-01-31, or a number of days, such as 90d', text);
  };
}

function numberWhere(option: string, expected: string, holds: (value: number) => boolean): Parser<number> {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && holds(value)) return value;
    throw refused(option, expected, text);
  };
}

function refused(option: string, expected: string, got: string): SinterError {
  return new SinterError('bad-input', `${option} must be ${expected}, got "${got}".`);
}
