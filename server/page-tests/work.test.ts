import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storeThresholds } from '../../retrieval/gallery/thresholds.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { type Served, sendJson, serve, shelve, storeItem } from '../served.test-helper.ts';
import { accessibilityFaults, eventually, type Opened, openPage } from './open-page.test-helper.ts';

/** Work on the server takes its time where the machine is busy. */
const WORK_MS = 90_000;

describe.skipIf(!hasBrowser)(`long work, models and verdicts on the page${reasonForSkipping}`, () => {
  let photos: string;
  let served: Served;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    photos = await mkdtemp(join(tmpdir(), 'sinter-photos-'));
    served = await serve({ parts: { indexRoots: [photos] } });
    await shelve(served.folder, 'slow');
    await shelve(served.folder, 'fragile');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(photos, { recursive: true });
  });
  beforeEach(async () => {
    opened = await openPage(browser, `${served.url}/g/colours/search`);
    page = opened.page;
    await page.locator('.tile').first().waitFor();
  });
  afterEach(() => opened?.close());

  const galleries = async () => {
    await page.click('.gallery-button');
    return page.getByRole('dialog', { name: 'Galleries' });
  };
  const modelIn = (name: string) => page.locator('.model-list li', { hasText: name });
  const factsSay = (text: string) => page.locator('.foot .facts', { hasText: text }).waitFor();

  test('a gallery is embedded with another model and searched by it from then on, and switched back', async () => {
    await galleries();
    await modelIn('fragile').getByRole('button', { name: 'Embed with it' }).click();
    await page.getByText('Embed with another model: done.').waitFor({ timeout: WORK_MS });
    await modelIn('fragile').getByText('in use').waitFor();
    await page.keyboard.press('Escape');
    await factsSay('Model fragile');
    await galleries();
    await modelIn('tiny').getByRole('button', { name: 'Use this' }).click();
    await page.getByText('It is searched by the model tiny now.').waitFor();
    await modelIn('tiny').getByText('in use').waitFor();
    await page.keyboard.press('Escape');
    await factsSay('Model tiny');
    expect(served.gallery.model.name).toBe('tiny');
  }, 180_000);

  test('files that a job could not read are named with the reason', async () => {
    await mkdir(join(photos, 'mixed'));
    await writeFile(join(photos, 'mixed', 'good.png'), await colourPng(9, 9, 99));
    await writeFile(join(photos, 'mixed', 'broken.png'), 'no image at all');
    const job = { kind: 'index', folder: 'mixed' };
    const response = await sendJson('POST', `${served.url}/v1/galleries/colours/jobs`, job);
    expect(response.status).toBe(202);
    await page.reload();
    await page.locator('.jobs-button', { hasText: 'Work done' }).click({ timeout: WORK_MS });
    const entry = page.locator('.job-list li', { hasText: 'Index a folder' });
    await entry.getByText('1 file failed').click();
    await eventually(() => entry.locator('.failed li').allTextContents()).toEqual([
      expect.stringMatching(/^broken\.png.+image/),
    ]);
  }, 120_000);

  test('where thresholds were learned, every neighbour says whether it is a match', async () => {
    const learned = { falseMatchRate: 0.01, maybeRate: 0.2, items: 9, pairs: 72, match: 0.99, maybe: 0.9 };
    storeThresholds(served.gallery, { ...learned, model: served.model.id });
    await page.locator('.tile[data-id="red/1.png"] a').click();
    const verdicts = async () => new Set(await page.locator('.neighbours .verdict').allTextContents());
    await eventually(verdicts).toEqual(new Set(['match', 'maybe', 'no match']));
    const first = page.locator('.neighbours .tile').first();
    expect(await first.locator('.verdict').getAttribute('class')).toContain('match');
    storeThresholds(served.gallery, undefined);
    await page.reload();
    await page.locator('.neighbours .tile').first().waitFor();
    expect(await page.locator('.verdict').count()).toBe(0);
  });

  test('work that runs shows how far it is in the head and the list, and is cancelled there', async () => {
    // Enough that it does not end before it is cancelled.
    const items = Array.from({ length: 2000 }, async (_, i) => {
      const vector = Float32Array.of(1, 0, 0, 0);
      return storeItem(served.folder, `many/${i}.png`, await colourPng(i % 256, i >> 8, 9), vector);
    });
    await served.gallery.put(await Promise.all(items));
    await galleries();
    await modelIn('slow').getByRole('button', { name: 'Embed with it' }).click();
    await modelIn('slow').getByRole('button', { name: 'Embedding …' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.jobs-button.active', { hasText: /Embed with another model \d+%/ }).click();
    const work = page.getByRole('dialog', { name: 'Work on the galleries' });
    const running = work.locator('li', { has: page.locator('progress') });
    await running.getByText(/^colours · \D+ \d+%/).waitFor({ timeout: WORK_MS });
    await running.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Embed with another model: cancelled.').waitFor();
    await eventually(() => running.count()).toBe(0);
    await work.getByText('colours · cancelled').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(served.gallery.model.name).toBe('tiny');
  }, 180_000);
});
