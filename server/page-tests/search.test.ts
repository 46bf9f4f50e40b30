import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { keepAbout } from '../galleries/about.ts';
import { COLOURS, type Served, serve } from '../served.test-helper.ts';
import { dropImage, eventually, type Opened, openPage, pasteImage } from './open-page.test-helper.ts';

const ABOUT = {
  title: 'Colours',
  notes: 'Nine plain colours.',
  credits: [
    { name: 'Paint', author: 'A. Painter', licence: 'CC0-1.0', url: 'https://example.org/paint' },
    { name: 'Trap', author: 'Nobody', licence: 'none', url: 'javascript:alert(1)' },
  ],
};

describe.skipIf(!hasBrowser)(`searching on the page${reasonForSkipping}`, () => {
  let served: Served;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    served = await serve();
    keepAbout(served.gallery, ABOUT);
    browser = await openBrowser('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  beforeEach(async () => {
    opened = await openPage(browser, served.url);
    page = opened.page;
    await tile('red/1.png').waitFor();
  });
  afterEach(() => opened.close());

  const tile = (id: string) => page.locator(`.tile[data-id="${id}"]`);
  const query = () => page.locator('.query-name').textContent();
  const tiles = () => page.locator('.neighbours .tile').count();
  const shown = (count: number) => eventually(tiles).toBe(count);
  const nearestAre = (...labels: string[]) =>
    eventually(async () =>
      (await page.locator('.neighbours .name').allTextContents()).slice(0, labels.length),
    ).toEqual(labels);
  const all = Object.keys(COLOURS).length;

  test('examples lead to neighbours, neighbours to theirs, and the trail leads back', async () => {
    await tile('red/1.png').locator('a').click();
    await shown(all - 1);
    await nearestAre('red', 'red', 'red');
    await eventually(() => page.locator('.neighbours .status').textContent()).toMatch(
      /^8 images of 9 in [\d.]+ ms$/,
    );

    await tile('green/2.png').locator('a').click();
    await page.waitForURL('**/search?id=green%2F2.png');
    await tile('green/1.png').waitFor();
    await page.locator('.trail a').waitFor();
    await nearestAre('green', 'green', 'green');

    await page.click('.trail a');
    await page.waitForURL('**/search?id=red%2F1.png');
    await tile('green/2.png').waitFor();
    await nearestAre('red', 'red', 'red');
    await page.goBack();
    await page.getByRole('heading', { name: 'Find what looks like it.' }).waitFor();
  });

  test('an image that is chosen, pasted, dropped or taken by the camera is searched with', async () => {
    const png = Buffer.from(await colourPng(10, 250, 10, 40));
    await page.setInputFiles('#file', { name: 'leaf.png', mimeType: 'image/png', buffer: png });
    await shown(all);
    await eventually(query).toBe('leaf.png');
    await eventually(() => page.locator('.similarity').first().textContent()).toContain('1.000');
    await eventually(() => page.locator('.times dt').allTextContents()).toContain('embed');

    await pasteImage(page, png.toString('base64'));
    await page.getByRole('heading', { name: 'image.png' }).waitFor();
    await dropImage(page, 'dropped.png', png.toString('base64'));
    await page.getByRole('heading', { name: 'dropped.png' }).waitFor();
    await page.locator('.veil').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Camera' }).click();
    await page.getByRole('button', { name: 'Take the picture' }).click();
    await page.getByRole('heading', { name: 'Picture from the camera' }).waitFor();
    await shown(all);
    await eventually(() => page.locator('.trail a').count()).toBe(3);
    await page.reload();
    await page.getByText('only in the memory of this page').waitFor();
  });

  test('a rectangle drawn on the query searches with that part, by mouse or by keys', async () => {
    await tile('red/1.png').locator('a').click();
    await shown(all - 1);
    const { x, y, width, height } = (await page.locator('.croppable').boundingBox())!;
    await page.mouse.move(x + width * 0.1, y + height * 0.1);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height * 0.8, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/crop=0\.1\d*%2C0\.1\d*%2C0\.5\d*%2C0\.7/);
    await shown(all - 1);
    await eventually(() => page.locator('.times dt').allTextContents()).toContain('embed');

    await page.focus('.crop');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.waitForURL(/crop=0\.1\d*%2C0\.1\d*%2C0\.48/);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('crop'));
    await page.getByRole('button', { name: 'Search with a part' }).click();
    await page.waitForURL(/crop=0\.25/);
    await page.locator('.crop:focus').waitFor();
  });

  test('the filter narrows the search, the threshold cuts it short, and why there is nothing is said', async () => {
    await tile('red/1.png').locator('a').click();
    await shown(all - 1);
    await page.click('.filter-button');
    await page.getByRole('dialog', { name: 'Filter' }).getByLabel('green').first().check();
    await shown(4);
    await eventually(() => page.locator('.chip').allTextContents()).toEqual(['label: green']);
    await page.keyboard.press('Escape');
    await page.locator('#threshold').fill('0.9');
    await page.getByText('No image is as similar as you ask for').waitFor();
    await page.getByRole('button', { name: 'Lower it' }).click();
    await eventually(tiles).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Do not filter by label: green' }).click();
    await page.waitForURL((url) => !url.searchParams.has('filter'));
  });

  test('where no image passes the filter, each condition says how many pass it alone', async () => {
    const both = {
      and: [
        { field: 'label', in: ['red'] },
        { field: 'metadata.colour', in: ['green'] },
      ],
    };
    await page.goto(
      `${served.url}/g/colours/search?id=red%2F1.png&filter=${encodeURIComponent(JSON.stringify(both))}`,
    );
    await page.getByText('No image meets all of these together').waitFor();
    await page.getByText('label: red4 images').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await shown(all - 1);
  });

  test('a file that is no image is refused in words, and the page goes on', async () => {
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('nonsense') };
    await page.setInputFiles('#file', broken);
    await page.getByRole('heading', { name: 'That is not an image we can read' }).waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.goBack();
    await tile('red/1.png').locator('a').click();
    await shown(all - 1);
  });

  test('a server that is gone is said in words, and can be tried again', async () => {
    await page.context().setOffline(true);
    await tile('red/1.png').locator('a').click();
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await shown(all - 1);
    const others = opened.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'));
    opened.complaints.splice(0, Infinity, ...others);
  });

  test('the keyboard alone is enough: arrows move, Enter searches, the focus stays among the images', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await shown(all - 1);
    await page.keyboard.press('g');
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowUp', 'End', 'Home', 'ArrowRight']) {
      await page.keyboard.press(key);
    }
    const second = await page.locator('.neighbours .tile').nth(1).getAttribute('data-id');
    await page.locator(`.neighbours .tile[data-id="${second}"]:has(:focus)`).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/search?id=${encodeURIComponent(second as string)}`);
    await page.locator('.trail a').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard and settings' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('b');
    await page.getByRole('heading', { name: 'Browse' }).waitFor();
  });

  test('the foot names model and gallery and credits the images, linking to the web alone', async () => {
    await eventually(() => page.textContent('.foot .facts')).toContain(
      'Model tiny, 4 dimensions · Gallery colours, 9 images',
    );
    await page.click('.credits summary');
    const credits = await page.locator('.credits li').allTextContents();
    expect(credits).toEqual(['Paint by A. PainterCC0-1.0', 'Trap by Nobodynone']);
    const links = page.locator('.credits a');
    expect(await links.evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
      'https://example.org/paint',
    ]);
  });

  test.each([360, 768, 1440])('at a width of %i pixels nothing runs over the edge', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
    await eventually(overflow).toBeLessThanOrEqual(0);
    await tile('red/1.png').locator('a').click();
    await page.locator('.neighbours .tile').first().waitFor();
    await eventually(overflow).toBeLessThanOrEqual(0);
  });
});
