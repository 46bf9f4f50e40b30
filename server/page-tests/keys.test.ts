import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { type TestKeys, testKeys } from '../access/keys.test-helper.ts';
import { type Served, serve } from '../served.test-helper.ts';
import { accessibilityFaults, eventually, openPage } from './open-page.test-helper.ts';

describe.skipIf(!hasBrowser)(`keys on the page${reasonForSkipping}`, () => {
  let keys: TestKeys<'reader' | 'writer' | 'reds'>;
  let locked: Served;
  let readable: Served;
  let browser: Browser;

  beforeAll(async () => {
    keys = await testKeys({
      reader: { scope: 'read', expiresAt: '2099-01-31T00:00:00.000Z' },
      writer: { scope: 'write' },
      reds: { scope: 'write', filter: { field: 'label', equals: 'red' } },
    });
    locked = await serve({ parts: { access: keys.access } });
    readable = await serve({ parts: { access: { ...keys.access, anonymous: 'read' } } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([locked, readable].map((served) => served?.close()));
    await keys?.remove();
  });

  const asked = 'This server asks for a key';

  test('the page asks for a key, refuses a wrong one in words, offers a reader nothing to edit, and signs out', async () => {
    const { page, close } = await openPage(browser, `${locked.url}/g/colours/browse`);
    const dialog = page.getByRole('dialog', { name: asked });
    await dialog.getByLabel('API key').fill('sinter_wrong');
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('This API key is unknown or was revoked.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel('API key').fill(keys.secrets.reader);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    const tile = page.locator('.tile[data-id="red/1.png"]');
    await tile.locator('a').focus();
    await page.keyboard.press('x');
    await page.keyboard.press('Enter');
    await page.locator('.neighbours .tile').first().waitFor();
    await page.getByRole('link', { name: 'Original image' }).waitFor();
    for (const name of ['Save', 'Remove', 'Edit details', 'Add images', /^Select /])
      expect(await page.getByRole('button', { name }).or(page.getByRole('link', { name })).count()).toBe(0);
    expect(await page.locator('.pick, .selection-bar, .label-form').count()).toBe(0);
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'This key can only search' }).waitFor();
    await page.keyboard.press('c');
    await page.getByText('Whoever runs this server can make it').waitFor();

    await page.keyboard.press('?');
    await page.getByText('reader: search and look, until 2099-01-31').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: asked }).waitFor();
    await close();
  });

  test('where looking is free, a key is used from the settings, and then there is what to edit with', async () => {
    const { page, close } = await openPage(browser, `${readable.url}/g/colours/browse`);
    await page.locator('.tile').first().waitFor();
    expect(await page.locator('.pick').count()).toBe(0);
    await page.keyboard.press('?');
    await page.getByText('Without a key: search and look').waitFor();
    await page.getByRole('button', { name: 'Use a key' }).click();
    await page.getByRole('dialog', { name: 'Use a key' }).getByLabel('API key').fill(keys.secrets.writer);
    await page.keyboard.press('Enter');
    await page.locator('.pick').first().waitFor();
    await page.getByRole('link', { name: 'Add images' }).waitFor();
    await close();
  });

  test('a key for some items shows these, and says where it is for too few', async () => {
    const { page, close } = await openPage(browser, `${locked.url}/g/colours/browse`);
    await page.getByLabel('API key').fill(keys.secrets.reds);
    await page.keyboard.press('Enter');
    await page.locator('.browse .status', { hasText: '4 images' }).waitFor();
    await page.click('.filter-button');
    const filter = page.getByRole('dialog', { name: 'Filter' });
    await filter.getByLabel('red').first().waitFor();
    await eventually(() => filter.getByLabel('green').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'This key does not allow that' }).waitFor();
    await close();
  });
});
