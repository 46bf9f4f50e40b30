import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmojiClass } from './join-emoji.ts';
import { imagePath, renderDrawings } from './render-drawings.ts';
import { icon } from './sets.test-helper.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-render-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const body = '<circle cx="16" cy="16" r="12"/>';
const classes: EmojiClass[] = ['bear', 'bird', 'boar'].map((slug) => ({
  slug,
  codepoints: '1f43b',
  drawings: ['a', 'b'].map((vendor) => ({ vendor, icon: icon(body) })),
}));

test('every drawing becomes a file in the folder of its class', async () => {
  const reported: number[] = [];
  await renderDrawings(classes, folder, { onProgress: ({ done, total }) => reported.push(done / total) });
  for (const { slug } of classes) expect(readdirSync(join(folder, slug))).toEqual(['a.png', 'b.png']);
  expect(await sharp(join(folder, 'bear/a.png')).metadata()).toMatchObject({ width: 128, height: 128 });
  expect(reported).toHaveLength(6);
  expect(reported.at(-1)).toBe(1);
});

test('stopped and started again, it draws only what is missing', async () => {
  const stop = new AbortController();
  const stopped = renderDrawings(classes, folder, { onProgress: () => stop.abort(), signal: stop.signal });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  expect(existsSync(join(folder, 'boar', 'b.png'))).toBe(false);

  writeFileSync(join(folder, imagePath('bear', 'a')), 'drawn before');
  await renderDrawings(classes, folder, {});
  expect(statSync(join(folder, 'bear/a.png')).size).toBe('drawn before'.length);
  for (const { slug } of classes) expect(readdirSync(join(folder, slug))).toEqual(['a.png', 'b.png']);
});
