import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportedImage } from '../../retrieval/report/judged.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { expectWholeReport } from '../../test/report-page.ts';
import { closedProtocol, openProtocol, runReport, writeImages } from './report.test-helper.ts';
import type { RunReport } from './run-report.ts';
import { writeReport } from './write-report.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'<script>document.title='owned'</script>&amp;`;

let folder: string;
let images: ReportedImage[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  images = await writeImages(join(folder, 'images'), ['red', 'blue', HOSTILE], 6);
});
afterAll(() => rm(folder, { recursive: true }));

async function written(report: RunReport, name = 'report.html'): Promise<string> {
  const path = join(folder, 'reports', name);
  await writeReport(path, report);
  return readFile(path, 'utf8');
}

const everything = () =>
  runReport([openProtocol(images), closedProtocol(images)], {
    title: HOSTILE,
    facts: [[HOSTILE, HOSTILE]],
    sentences: [HOSTILE],
    warnings: [HOSTILE],
  });

test('whatever a user can name is text in the page, never markup', async () => {
  const page = await written(everything());
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img src=x');
  expect(page.split('&lt;script&gt;document.').length - 1).toBeGreaterThan(10);
});

test('nothing in it leads elsewhere, and no figure is missing', async () => {
  const page = await written(everything());
  const links = [...page.matchAll(/\s(?:src|href)="([^"]*)"|url\(([^)]*)\)/g)].map(([, a, b]) => a ?? b);
  expect(links.length).toBeGreaterThan(20);
  expect(
    links.filter((to) => !/^#(heat$|training$|open$|closed$)|^data:image\/webp;base64,/.test(to)),
  ).toEqual([]);
  expect(page).not.toMatch(/NaN|undefined|\[object/);
});

test('the same run gives the same page', async () => {
  const again = await written(everything(), 'again.html');
  expect(again === (await written(everything()))).toBe(true);
});

test('recall, classes and retrievals are those of the vectors', async () => {
  const page = await written(runReport([openProtocol(images, 0.01)]));
  expect(page).toContain('<strong>100.0%</strong>');
  expect(page).toContain('6 of 6');
  expect(page).not.toContain('Missed by most');
  expect(page).not.toContain('taken for each other');
});

test('a run on little, without a backbone, epochs or a map, is reported as far as it goes', async () => {
  const few = [images[0], images[1], images[6]];
  const { untrained: _, ...judged } = openProtocol(few);
  const page = await written(runReport([judged], { history: [], keptEpoch: 0 }));
  expect(page).toContain('3 images of 2 classes');
  expect(page).not.toContain('id="training"');
  expect(page).not.toMatch(/Map<|rozen|NaN|undefined/);
  const bare = await written(runReport([]));
  expect(bare).toContain('The model is that of epoch 5');
});

test('images that have gone since are left out, the rest is there', async () => {
  const gone = images.map((image, i) => (i % 3 === 0 ? { ...image, path: `${image.path}.gone` } : image));
  const page = await written(runReport([openProtocol(gone)]));
  expect(page).toContain('no picture');
  expect(page).toContain('data:image/webp');
});

test('a report that is stopped leaves no file behind', async () => {
  const path = join(folder, 'stopped', 'report.html');
  const stopped = writeReport(path, everything(), { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  expect(await readdir(folder)).not.toContain('stopped');
});

describe.skipIf(!hasBrowser)(`in a browser${reasonForSkipping}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    await written(everything(), 'looked-at.html');
  });
  afterAll(() => browser?.close());

  test.each([390, 1280])(
    'at a width of %i pixels it fits, shows its pictures and asks for nothing',
    async (width) => {
      await expectWholeReport(browser, join(folder, 'reports', 'looked-at.html'), width, async (page) => {
        expect(await page.locator('figure svg[role=img][aria-label]').count()).toBe(9);
        expect(await page.title()).toContain(HOSTILE);
      });
    },
  );
});
