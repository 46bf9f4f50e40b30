import { expect, test } from 'vitest';
import {
  momentToCome,
  numberFromZero,
  positiveNumber,
  shareBelowOne,
  wholeNumber,
  wholeNumbers,
} from './option-parsers.ts';

test('a whole number is taken within its range, and anything else is refused by name', () => {
  const parse = wholeNumber('--k', 1, 1000);
  expect(parse('1')).toBe(1);
  expect(parse('1000')).toBe(1000);
  for (const text of ['0', '1001', '2.5', 'abc', '', ' ', '1e2', '0x10', '-3', '5;']) {
    const message = `--k must be a whole number from 1 to 1000, got "${text}".`;
    expect(() => parse(text), text).toThrow(expect.objectContaining({ code: 'bad-input', message }));
  }
});

test('a list of whole numbers comes in order and without repetitions', () => {
  const parse = wholeNumbers('--k', 1, 1000);
  expect(parse('8,1, 2,2')).toEqual([1, 2, 8]);
  for (const text of ['', '1,', '1 2', '0', '1,x']) {
    expect(() => parse(text), text).toThrow('--k must be whole numbers from 1 to 1000 with commas between');
  }
});

test('other numbers keep to their ranges', () => {
  expect(positiveNumber('--alpha')('0.25')).toBe(0.25);
  expect(numberFromZero('--weight-decay')('5e-4')).toBe(0.0005);
  expect(shareBelowOne('--momentum')('0')).toBe(0);
  expect(() => positiveNumber('--alpha')('0')).toThrow('--alpha must be a number above 0, got "0".');
  expect(() => positiveNumber('--alpha')('Infinity')).toThrow('--alpha must be');
  expect(() => numberFromZero('--weight-decay')('-1')).toThrow('at least 0');
  expect(() => shareBelowOne('--momentum')('1')).toThrow('from 0 up to but not 1');
  expect(() => shareBelowOne('--momentum')(' ')).toThrow('--momentum must be');
});

test('a moment to come is a date or a number of days', () => {
  const parse = momentToCome('--expires', () => Date.parse('2026-12-24T12:00:00Z'));
  expect(parse('2027-01-31').toISOString()).toBe('2027-01-31T00:00:00.000Z');
  expect(parse('90d').toISOString()).toBe('2027-03-24T12:00:00.000Z');
  for (const text of ['', '0d', '2026-12-24', '2027-13-01', '2027', '90', '-5d', 'soon', '1e3d']) {
    expect(() => parse(text), text).toThrow(`--expires must be a date to come, such as 2027-01-31`);
  }
});
