import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { COLOURS, type Served, serve } from '../served.test-helper.ts';
import { accessibilityFaults, eventually, type Opened, openPage } from './open-page.test-helper.ts';

describe.skipIf(!hasBrowser)(`looking after a gallery on the page${reasonForSkipping}`, () => {
  let served: Served;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    served = await serve();
    opened = await openPage(browser, `${served.url}/g/colours/browse`);
    page = opened.page;
    await tile('red/1.png').waitFor();
  });
  afterEach(async () => {
    await opened.close();
    await served.close();
  });

  const tile = (id: string) => page.locator(`.tile[data-id="${id}"]`);
  const labelOf = (id: string) => served.gallery.item(id as ItemId)?.label;

  test('images that are selected by keys get a label, and their old ones back by Undo', async () => {
    await tile('red/1.png').locator('a').focus();
    await page.keyboard.press('x');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+X');
    await page.keyboard.press('l');
    await page.keyboard.type('scarlet');
    await page.keyboard.press('Enter');
    await page.getByText('3 images have the label “scarlet” now.').waitFor();
    expect(['red/1.png', 'red/2.png', 'red/3.png', 'red/4.png'].map(labelOf)).toEqual([
      'scarlet',
      'scarlet',
      'scarlet',
      'red',
    ]);
    await page.locator('.selection-bar').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The old labels are back.').waitFor();
    expect(labelOf('red/1.png')).toBe('red');
  });

  test('keys that come faster than the page draws act on the image that they have led to', async () => {
    await tile('blau & grün/a#b?c%20d.png').locator('a').focus();
    // In one go: nothing is drawn between the first key and the last.
    await page.evaluate(`globalThis.press = (...keys) => { for (const key of keys)
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })) }`);
    await page.evaluate(`press('ArrowRight', 'ArrowRight', 'x', 'ArrowRight')`);
    await page.locator('.tile.picked').waitFor();
    await eventually(() => page.locator('.tile.picked').getAttribute('data-id')).toBe('green/2.png');
    await tile('green/3.png').and(page.locator(':has(:focus)')).waitFor();
    await page.evaluate(`(async () => {
      for (const key of ['Escape', 'x']) {
        press(key);
        for (let turn = 0; turn < 20; turn++) await null;
      }
      press('l');
      document.execCommand('insertText', false, 'moss');
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      await new Promise((resolve) => setTimeout(resolve, 100));
    })()`);
    expect(await page.locator('.selection-bar input').inputValue()).toBe('moss');
  });

  test('an image is labelled beside its neighbours, and removed after a question', async () => {
    await tile('red/2.png').locator('a').click();
    await page
      .getByRole('textbox', { name: 'Label' })
      .or(page.getByRole('combobox', { name: 'Label' }))
      .fill('rust');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('1 image has the label “rust” now.').waitFor();
    expect(labelOf('red/2.png')).toBe('rust');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove 1 image' }).click();
    await page.getByText('1 image was removed from the gallery.').waitFor();
    expect(served.gallery.size()).toBe(Object.keys(COLOURS).length - 1);
  });

  test("an image's details are changed, added and taken away beside it, and come back by Undo", async () => {
    await served.gallery.patch(['red/2.png' as ItemId], {
      metadata: { price: 40, size: { cm: 4, in: 1.6 } },
    });
    const metadata = () => served.gallery.item('red/2.png' as ItemId)?.metadata;
    const before = metadata();
    await tile('red/2.png').locator('a').click();
    await page.getByRole('button', { name: 'Edit details' }).click();
    const form = page.getByRole('form', { name: 'Details' });
    expect(await accessibilityFaults(page)).toEqual([]);
    await form.getByLabel('price').fill('55.5');
    await form.getByLabel('colour').fill('');
    await form.getByLabel('size').fill('{"cm": 5}');
    await form.getByLabel('Name of a new detail').fill('maker');
    await form.getByLabel('Value of maker').fill('A. Painter');
    await page.keyboard.press('Enter');
    await page.getByText('The details are saved.').waitFor();
    expect(metadata()).toEqual({ price: 55.5, size: { cm: 5 }, maker: 'A. Painter' });
    await page.locator('.facts dd', { hasText: 'A. Painter' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The old details are back.').waitFor();
    expect(metadata()).toEqual(before);
  });

  test('files are added under their paths with labels, and those that fail are listed with the reason', async () => {
    const folder = join(served.folder, 'new', 'violet');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'one.png'), await colourPng(120, 20, 200, 32));
    await writeFile(join(folder, 'two.png'), 'no image at all');
    await page.getByRole('link', { name: 'Add images' }).click();
    await page.getByLabel('Choose a folder').setInputFiles(folder);
    await page.getByText('1 image was added, 1 file failed').waitFor();
    await eventually(() => page.locator('.failed li').allTextContents()).toEqual([
      expect.stringMatching(/^violet\/two\.png.+image/),
    ]);
    expect(labelOf('violet/one.png')).toBe('violet');
    await page.getByRole('link', { name: 'violet/one.png' }).click();
    await page.locator('.neighbours .tile').first().waitFor();
  });

  test('another gallery is made and gone to, and what is dropped there goes there', async () => {
    await page.click('.gallery-button');
    await page.getByText('New gallery').click();
    await page.getByLabel('Name').fill('shapes');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'Add images to shapes' }).waitFor();
    const buffer = Buffer.from(await colourPng(1, 2, 3, 32));
    await page.getByLabel('Label for what is added next').fill('dot');
    await page.getByLabel('Choose images').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer });
    await page.getByText('1 image was added').waitFor();
    const { gallery } = await served.parts.galleries.get('shapes');
    expect(gallery.item('dot.png' as ItemId)?.label).toBe('dot');
    await page.click('.gallery-button');
    await page.getByRole('link', { name: 'colours' }).click();
    await page.getByText('among 9 images').waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing wrong in %s colours',
    async (theme) => {
      await page.evaluate(`localStorage.setItem('sinter.theme', '"${theme}"')`);
      const visit = async (path: string, ready: string) => {
        await page.goto(served.url + path);
        await page.locator(ready).first().waitFor();
        return accessibilityFaults(page);
      };
      expect(await visit('/g/colours/search', '.tile')).toEqual([]);
      expect(await visit('/g/colours/search?id=red%2F1.png&crop=0,0,0.5,0.5', '.neighbours .tile')).toEqual(
        [],
      );
      expect(await visit('/g/colours/add', '.drop-zone')).toEqual([]);
      await served.gallery.clusters.run({ name: 'k-means', k: 3, seed: 1 });
      await served.gallery.duplicates.run({ threshold: 0.99 });
      await served.gallery.map.run(1);
      expect(await visit('/g/colours/clusters', '.clusters .tile-link')).toEqual([]);
      expect(await visit('/g/colours/clusters/1', '.cluster .tile')).toEqual([]);
      expect(await visit('/g/colours/duplicates', '.group')).toEqual([]);
      expect(await visit('/g/colours/map', '.legend button')).toEqual([]);
      expect(await visit('/g/colours/browse', '.tile')).toEqual([]);
      await page.locator('.tile a').first().focus();
      await page.keyboard.press('x');
      await page.click('.filter-button');
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.click('.gallery-button');
      expect(await accessibilityFaults(page)).toEqual([]);
    },
    180_000,
  );
});
