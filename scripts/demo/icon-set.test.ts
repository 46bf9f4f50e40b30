import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readIconSet } from './icon-set.ts';
import { icon } from './sets.test-helper.ts';

test('a set is read with its defaults, aliases and credit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sinter-set-'));
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('icons.json', {
    prefix: 'pens',
    icons: {
      left: { body: 'A', height: 40 },
      old: { body: 'B', hidden: true },
      turned: { body: 'C', rotate: 1, hFlip: true },
    },
    aliases: {
      west: { parent: 'left' },
      right: { parent: 'left', hFlip: true },
      back: { parent: 'turned', rotate: 3, hFlip: true },
      older: { parent: 'old' },
    },
    width: 32,
    height: 32,
  });
  write('chars.json', { '1f448': 'left' });
  write('info.json', {
    name: 'Pens',
    author: { name: 'P', url: 'https://pens.example' },
    license: { title: 'MIT', spdx: 'MIT', url: 'https://pens.example/mit' },
  });

  const set = await readIconSet(folder);
  expect(Object.fromEntries(set.icons)).toEqual({
    left: icon('A', { height: 40 }),
    turned: icon('C', { quarterTurns: 1, hFlip: true }),
    right: icon('A', { height: 40, hFlip: true }),
    back: icon('C'),
  });
  expect(Object.fromEntries(set.otherNames)).toEqual({ west: 'left' });
  expect(Object.fromEntries(set.chart)).toEqual({ '1f448': 'left' });
  expect(set.vendor).toBe('pens');
  expect(set.credit).toMatchObject({ author: 'P', licence: 'MIT', licenceUrl: 'https://pens.example/mit' });
  rmSync(folder, { recursive: true });
});
