import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { type Served, serve } from '../served.test-helper.ts';
import { accessibilityFaults, eventually, type Opened, openPage } from './open-page.test-helper.ts';

/** Work on the server starts a thread of its own, which a busy machine takes its time for. */
const WORK_MS = 90_000;

describe.skipIf(!hasBrowser)(`clusters, duplicates and the map on the page${reasonForSkipping}`, () => {
  let served: Served;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  // Each has a gallery of its own: what one removes, another may need.
  beforeEach(async () => {
    served = await serve();
    opened = await openPage(browser, `${served.url}/g/colours/search`);
    page = opened.page;
    await page.locator('.tile').first().waitFor();
  });
  afterEach(async () => {
    await opened?.close();
    await served?.close();
  });

  const labelOf = (id: string) => served.gallery.item(id as ItemId)?.label;

  test('clusters are found from the page, named, labelled in one go, and merged', async () => {
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    await page.getByLabel('How many clusters').fill('3');
    await page.getByRole('button', { name: 'Find clusters' }).click();
    await page.getByText('3 clusters of 9 images').waitFor({ timeout: WORK_MS });
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.goto(`${served.url}/g/colours/search?id=${encodeURIComponent('green/1.png')}`);
    await page.getByText('Falls in green, ').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'green', exact: true }).click();
    await page.getByLabel('Label for all members').fill('leaf');
    await page.getByRole('button', { name: /^Label 4 images/ }).click();
    await page.getByText('4 images have the label “leaf” now.').waitFor();
    expect(labelOf('green/3.png')).toBe('leaf');
    await page.getByLabel('Name of the cluster').fill('Greens');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Greens' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page
      .getByRole('button', { name: /^Merge/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Merge', exact: true }).last().click();
    await page.getByText('They are one cluster now.').waitFor();
    await page.getByRole('link', { name: /All clusters/ }).click();
    await page.getByText('2 clusters of 9 images').waitFor();
    await page.locator('.clusters .tile-link', { hasText: 'Greens' }).waitFor();
  }, 180_000);

  test('near duplicates stand side by side, and what is not kept is removed after a question', async () => {
    await page.keyboard.press('d');
    await page.getByLabel('Similarity at least').fill('0.99');
    await page.getByRole('button', { name: 'Look for duplicates' }).click();
    await page.locator('.group').first().waitFor({ timeout: WORK_MS });
    expect(await accessibilityFaults(page)).toEqual([]);
    const group = page.locator('.group').first();
    const copies = await group.locator('.copy-id').allTextContents();
    await eventually(() => group.locator('.copy.kept .copy-id').allTextContents()).toEqual(
      copies.slice(0, 1),
    );
    await group.getByRole('checkbox').nth(1).check();
    await group.getByRole('checkbox').nth(0).uncheck();
    const gone = copies.filter((_, i) => i !== 1);
    await group.getByRole('button', { name: `Remove ${gone.length} image` }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Remove ${gone.length} image` })
      .click();
    await page.getByText('removed from the gallery').waitFor();
    expect(copies.map((id) => served.gallery.item(id as ItemId) !== undefined)).toEqual(
      copies.map((_, i) => i === 1),
    );
  }, 180_000);

  test('the map is drawn from the page, moved by keys, and leads to an image', async () => {
    await page.keyboard.press('m');
    await page.getByRole('button', { name: 'Draw the map' }).click();
    await page.locator('.map canvas').waitFor({ timeout: WORK_MS });
    await page.locator('.legend button').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('.map canvas').focus();
    await page.keyboard.press('+');
    await page.getByText('Nearest to the middle:').waitFor({ state: 'attached' });
    await page.keyboard.press('0');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?id=*');
    await page.locator('.neighbours .tile').first().waitFor();
  }, 180_000);
});
