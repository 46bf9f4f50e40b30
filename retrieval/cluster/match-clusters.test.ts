import { expect, test } from 'vitest';
import { matchClusters } from './match-clusters.ts';

const none = new Set<string>();

/** The cluster of each vector, as letters before and digits after; `-` for none. */
function match(before: string, after: string, merged = none): (string | null)[] {
  const found = Int32Array.from(after, (digit) => (digit === '-' ? -1 : Number(digit)));
  const count = Math.max(...found) + 1;
  return matchClusters(found, count, { before: [...before].map((id) => (id === '-' ? null : id)), merged });
}

test('clusters that are the same keep their ids, however they are numbered', () => {
  expect(match('aaabbbcc', '22200011')).toEqual(['b', 'c', 'a']);
});

test('a cluster goes on while it stays mostly the same, and what left it is new', () => {
  expect(match('aaaaaabbb', '000011222')).toEqual(['a', null, 'b']);
});

test('of two halves none goes on', () => {
  expect(match('aaaa', '0011')).toEqual([null, null]);
});

test('where two come together, the larger goes on', () => {
  expect(match('aaabb', '00000')).toEqual(['a']);
  expect(match('aabb', '0000')).toEqual([null]);
});

test('vectors that are new, or were in none, count on neither side', () => {
  expect(match('aa------', '00000011')).toEqual(['a', null]);
  expect(match('aab', '00-')).toEqual(['a']);
});

test('members that are noise now count against their cluster going on', () => {
  expect(match('aaaa', '00--')).toEqual([null]);
  expect(match('aaaa', '000-')).toEqual(['a']);
});

test('what the user merged does not come apart again', () => {
  expect(match('mmmmmmbb', '00112233', new Set(['m']))).toEqual(['m', 'm', 'm', 'b']);
});

test('what the user merged is given up where most of it went elsewhere', () => {
  expect(match('mmmmmmbbbbbb', '001111111111', new Set(['m']))).toEqual([null, 'b']);
});
