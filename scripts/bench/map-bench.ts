/** The bench `map`: how long the map of a large gallery takes to draw, and how evenly the page moves it under the hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { SinterError } from '../../retrieval/errors.ts';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import type { Gallery, ItemId } from '../../retrieval/gallery/item.ts';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { clusteredVectors } from '../../retrieval/index/clustered-vectors.test-helper.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { hasBrowser, openBrowser } from '../../test/browser.ts';
import { initialNetwork, writeUntrained } from '../untrained-bundle.ts';
import type { Finding } from './finding.ts';
import { quantile, timed } from './in-pairs.ts';
import { readJpegs, writeCopies } from './jpeg-files.ts';
import { startServer } from './measured-server.ts';

export type MapBench = { items: number; imagesFrom?: string | undefined; seed: number };

export const MAP_DEFAULTS = { items: 50_000 };

/** Image files, each of many items. */
const FILES = 1000;
const CLASS_SIZE = 1000;
const SPREAD = 1.8;
const BATCH = 500;
const VIEWPORT = { width: 1280, height: 900 };
/** Moves of the pointer and turns of the wheel, each as soon as the last was dispatched. */
const MOVES = 120;
const TURNS = 25;
const TURN = 100;
/** A frame that comes later than two of a screen that shows sixty a second is seen. */
const LATE_MS = 34;
const BAR = 0.05;

export async function mapBench(options: MapBench, work: LongWork = {}): Promise<Finding> {
  if (!hasBrowser) throw new SinterError('not-found', 'Expected chromium, in which the page is opened.');
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  try {
    const figures = await drawMap(folder, options, work);
    const server = await startServer({
      indexData: folder,
      gallery: 'bench',
      items: options.items,
      queries: [],
    });
    try {
      const { frames, figures: seen } = await look(server.url, work);
      const late = frames.filter(isLate).length / frames.length;
      return {
        bench: 'map',
        peer: 'a screen of 60 frames a second',
        ratio: null,
        claims: [
          { what: `share of frames more than ${LATE_MS} ms after the last`, value: late, atMost: BAR },
        ],
        figures: { ...figures, ...seen },
      };
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function drawMap(
  folder: string,
  { items, imagesFrom, seed }: MapBench,
  work: LongWork,
): Promise<Finding['figures']> {
  const photos = await readJpegs({ imagesFrom, seed }, FILES);
  const images = join(folder, 'photos');
  const count = Math.min(items, FILES);
  await writeCopies(photos, { folder: images, from: 0, count }, work);
  const files = Array.from({ length: count }, (_, number) => join(images, `${number}.jpg`));
  const model = await writeUntrained(join(folder, 'model'), initialNetwork(seed), seed);
  const gallery = await openGallery({ folder, name: 'bench', model, create: true });
  try {
    await fill(gallery, items, files, seed, work);
    const ms = await timed(async () => {
      await gallery.map.run(seed, work);
    });
    return { items, 'drawing the map, s': ms / 1000 };
  } finally {
    await gallery.close();
  }
}

async function fill(
  gallery: Gallery,
  items: number,
  files: readonly string[],
  seed: number,
  { onProgress, signal }: LongWork,
): Promise<void> {
  const classes = Math.ceil(items / CLASS_SIZE);
  const { row } = clusteredVectors(items, gallery.model.dim, classes, SPREAD, seed);
  for (let done = 0; done < items; done += BATCH) {
    stopIfAborted(signal);
    const numbers = Array.from({ length: Math.min(BATCH, items - done) }, (_, i) => done + i);
    await gallery.put(
      numbers.map((number) => {
        const label = `class ${number % classes}`;
        const id = `${label}/${number}.jpg` as ItemId;
        const source = files[number % files.length] as string;
        const hash = contentHash(Buffer.from(source));
        const facts = { label, metadata: {}, sizeBytes: 1, vector: row(number) };
        return { id, source, contentHash: hash, ...facts };
      }),
    );
    onProgress?.({ stage: 'filling the gallery', done: done + numbers.length, total: items });
  }
}

/** Opens the map, and moves it whole, towards its pictures, among them, and back; milliseconds from frame to frame. */
async function look(
  url: string,
  { onProgress }: LongWork,
): Promise<{ frames: number[]; figures: Finding['figures'] }> {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: VIEWPORT });
    page.setDefaultTimeout(60_000);
    const opened = await timed(async () => {
      await page.goto(`${url}/g/bench/map`);
      await page.locator('.legend button').first().waitFor();
    });
    const box = await page.locator('.map canvas').boundingBox();
    if (!box) throw new Error('The map has no canvas. This is a bug.');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const figures: Finding['figures'] = { 'opening the page, s': opened / 1000 };
    const frames: number[] = [];
    const acts: [string, () => Promise<void>][] = [
      ['pushing the whole', () => push(page, middle)],
      ['coming closer', () => turn(page, middle, -TURN)],
      ['pushing among pictures', () => push(page, middle)],
      ['going back', () => turn(page, middle, TURN)],
    ];
    for (const [i, [name, act]] of acts.entries()) {
      onProgress?.({ stage: 'looking', done: i, total: acts.length, note: name });
      const intervals = await framesDuring(page, act);
      figures[name] = described(intervals);
      frames.push(...intervals);
    }
    return { frames, figures };
  } finally {
    await browser.close();
  }
}

/** Round in a circle, with the button held. */
async function push(page: Page, middle: { x: number; y: number }): Promise<void> {
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  for (let move = 1; move <= MOVES; move++) {
    const angle = (4 * Math.PI * move) / MOVES;
    await page.mouse.move(middle.x + 200 * Math.sin(angle), middle.y + 150 * (1 - Math.cos(angle)));
  }
  await page.mouse.up();
}

async function turn(page: Page, middle: { x: number; y: number }, by: number): Promise<void> {
  await page.mouse.move(middle.x, middle.y);
  for (let done = 0; done < TURNS; done++) await page.mouse.wheel(0, by / 2);
}

/** JavaScript for the browser: keeps the time from each frame to the next. */
const KEEP_FRAMES = `(() => {
  const frames = globalThis.keptFrames = { intervals: [], on: true };
  let before;
  const next = (at) => {
    if (before !== undefined) frames.intervals.push(at - before);
    before = at;
    if (frames.on) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

/** Milliseconds from frame to frame while `act` ran. */
async function framesDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(KEEP_FRAMES);
  await act();
  return page.evaluate('(keptFrames.on = false, keptFrames.intervals)');
}

function isLate(ms: number): boolean {
  return ms > LATE_MS;
}

function described(intervals: number[]): string {
  const sorted = [...intervals].sort((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share).toFixed(0);
  const late = intervals.filter(isLate).length;
  return `${intervals.length} frames, median ${at(0.5)} ms, p95 ${at(0.95)}, longest ${at(1)}, ${late} late`;
}
