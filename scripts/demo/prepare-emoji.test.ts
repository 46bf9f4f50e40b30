import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readManifest } from '../../retrieval/dataset/read-manifest.ts';
import { readIconSet } from './icon-set.ts';
import { joinEmoji } from './join-emoji.ts';
import { prepareEmoji } from './prepare-emoji.ts';

/** Where the demo keeps its drawings; these tests look at real ones, and are skipped until the demo has run. */
const CACHE = fileURLToPath(new URL('../../index-data/demo/', import.meta.url));
const versions = existsSync(CACHE) ? readdirSync(CACHE) : [];
const prepared = versions.find((version) => existsSync(join(CACHE, version, 'summary.json')));

test.skipIf(!prepared)('the real sets give 1,630 classes of at least four drawings', async () => {
  const packages = join(CACHE, prepared!, 'node_modules', '@iconify-json');
  const sets = await Promise.all(readdirSync(packages).map((name) => readIconSet(join(packages, name))));
  const classes = joinEmoji(sets);
  expect(classes).toHaveLength(1630);
  expect(classes.every(({ slug }) => /^[a-z0-9-]+$/.test(slug))).toBe(true);
  expect(new Set(classes.map(({ slug }) => slug)).size).toBe(1630);
  expect(Math.min(...classes.map(({ drawings }) => drawings.length))).toBe(4);
  const flags = classes.map(({ slug }) => slug).filter((slug) => slug.startsWith('flag-'));
  expect(flags).toEqual(['flag-in-hole']);
});

test.skipIf(!prepared)('what was prepared once is there at once, and its manifests can be read', async () => {
  const emoji = await prepareEmoji(CACHE);
  const train = await readManifest(emoji.trainManifest);
  const unseen = await readManifest(emoji.testManifest);
  const seen = new Set(train.images.map(({ label }) => label));
  const labels = new Set([...train.images, ...unseen.images].map(({ label }) => label));
  expect(labels.size).toBe(emoji.classes);
  expect(unseen.images.filter(({ label }) => seen.has(label))).toEqual([]);
  expect(train.images.length + unseen.images.length).toBe(emoji.images);
  expect(emoji.credits).toHaveLength(12);
});
