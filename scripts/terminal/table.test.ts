import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  const columns = [{ title: 'rank', align: 'right' }, { title: 'label' }, { title: 'id' }] as const;
  expect(
    table(columns, [
      ['1', 'größe', 'a'],
      ['10', 'x', 'b'],
    ]).split('\n'),
  ).toEqual(['rank  label  id', '   1  größe  a', '  10  x      b']);
});
