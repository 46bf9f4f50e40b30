/** The data of the demo from nothing to two manifests: fetched, joined to classes, drawn and split. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LongWork } from '../../retrieval/progress.ts';
import { type Credit, readIconSet } from './icon-set.ts';
import { installSets, readLockfile } from './install-sets.ts';
import { type EmojiClass, joinEmoji } from './join-emoji.ts';
import { imagePath, renderDrawings } from './render-drawings.ts';
import { splitClasses } from './split-classes.ts';

/** To be raised when the same sets would give other images or another split, so that older caches are left behind. */
const RULES = 1;

const SPLIT_SEED = 1;

/** Two manifests (`path,label`) over classes that do not overlap, and whom to credit; `classes` and `images` count both. */
export type EmojiData = {
  trainManifest: string;
  testManifest: string;
  credits: Credit[];
  classes: number;
  images: number;
};

/**
 * Makes sure the drawings lie in `cacheFolder`, and says where. A second call only reads one small file;
 * a call that was stopped continues where it was.
 */
export async function prepareEmoji(cacheFolder: string, work: LongWork = {}): Promise<EmojiData> {
  const folder = await emojiFolder(cacheFolder);
  const trainManifest = join(folder, 'train.csv');
  const testManifest = join(folder, 'test.csv');
  const summaryFile = join(folder, 'summary.json');
  const summary = (await readIfThere(summaryFile)) ?? (await build());
  return { trainManifest, testManifest, ...summary };

  async function build(): Promise<Summary> {
    const sets = await Promise.all((await installSets(folder, work)).map(readIconSet));
    const classes = joinEmoji(sets);
    await mkdir(join(folder, 'images'), { recursive: true });
    await renderDrawings(classes, join(folder, 'images'), work);
    const { train, test } = splitClasses(classes, SPLIT_SEED);
    await writeWhole(trainManifest, manifest(train));
    await writeWhole(testManifest, manifest(test));
    const images = classes.reduce((sum, { drawings }) => sum + drawings.length, 0);
    const built = { credits: sets.map(({ credit }) => credit), classes: classes.length, images };
    // Last of all: its presence says that everything else is complete.
    await writeWhole(summaryFile, JSON.stringify(built, null, 2));
    return built;
  }
}

/** Where in the cache everything lies that comes from these sets by these rules. */
export async function emojiFolder(cacheFolder: string): Promise<string> {
  const rules = `${RULES} ${await readLockfile()}`;
  return join(cacheFolder, createHash('sha256').update(rules).digest('hex').slice(0, 12));
}

type Summary = Pick<EmojiData, 'credits' | 'classes' | 'images'>;

async function readIfThere(path: string): Promise<Summary | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Slugs and vendors are plain words, so nothing needs quoting. */
function manifest(classes: EmojiClass[]): string {
  const rows = classes.flatMap(({ slug, drawings }) =>
    drawings.map(({ vendor }) => `images/${imagePath(slug, vendor)},${slug}`),
  );
  return `${['path,label', ...rows].join('\n')}\n`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
