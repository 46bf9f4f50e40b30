import { expect, test } from 'vitest';
import { classRecalls, confusions } from './class-figures.ts';

const answers = { asked: [...'aaabbbccd'], answered: [...'aabbbaabd'] };

test('recall of each class, the best first, the one with more images first among equals', () => {
  expect(classRecalls(answers)).toEqual([
    { label: 'd', hits: 1, queries: 1 },
    { label: 'a', hits: 2, queries: 3 },
    { label: 'b', hits: 2, queries: 3 },
    { label: 'c', hits: 0, queries: 2 },
  ]);
});

test('two classes taken for each other are one pair, whichever was asked for', () => {
  expect(confusions(answers)).toEqual([
    { labels: ['a', 'b'], times: 2, queries: 6 },
    { labels: ['a', 'c'], times: 1, queries: 5 },
    { labels: ['b', 'c'], times: 1, queries: 5 },
  ]);
});

test('a class that is only among the references has no queries of its own', () => {
  expect(confusions({ asked: ['a'], answered: ['z'] })).toEqual([
    { labels: ['a', 'z'], times: 1, queries: 1 },
  ]);
});
