import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { colourPng } from '../retrieval/model/bundle.test-helper.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../test/browser.ts';
import { COLOURS, type Served, serve } from './served.test-helper.ts';

const ABOUT = {
  title: 'Colours',
  notes: 'Nine plain colours.',
  credits: [
    { name: 'Paint', author: 'A. Painter', licence: 'CC0-1.0', url: 'https://example.org/paint' },
    { name: 'Trap', author: 'Nobody', licence: 'none', url: 'javascript:alert(1)' },
  ],
};

/** The browser reports each answer 4xx itself, which is no fault of the page. */
const REFUSED = /the server responded with a status of 4\d\d/;

describe.skipIf(!hasBrowser)(`the page in a browser${reasonForSkipping}`, () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    served = await serve({ parts: { about: { colours: ABOUT } } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      const isComplaint = ['error', 'warning'].includes(message.type()) && !REFUSED.test(message.text());
      if (isComplaint) complaints.push(message.text());
    });
    await page.goto(served.url);
    await page.locator('#examples a').first().waitFor();
  });
  afterEach(async () => {
    await page.close();
    expect(complaints, 'errors, warnings and violations of the content policy').toEqual([]);
  });

  const count = (selector: string) => page.locator(selector).count();
  const labels = (selector: string) => page.locator(`${selector} .label`).allTextContents();
  const query = () => page.locator('#query img').first().getAttribute('alt');
  const all = Object.keys(COLOURS).length;

  test('examples lead to neighbours, neighbours to theirs, and Back leads home', async () => {
    expect(await count('#examples a')).toBe(all);
    await page.click('#examples a[data-id="red/1.png"]');
    await page.locator('#grid a').first().waitFor();
    expect(await count('#grid a')).toBe(all - 1);
    expect((await labels('#grid')).slice(0, 3)).toEqual(['red', 'red', 'red']);
    expect(await page.textContent('#status')).toMatch(/^8 images of 9 in [\d.]+ ms$/);

    await page.click('#grid a[data-id="green/2.png"]');
    await page.waitForURL('**/?id=green%2F2.png');
    await page.locator('.trail a').waitFor();
    expect((await labels('#grid')).slice(0, 3)).toEqual(['green', 'green', 'green']);

    await page.click('.trail a');
    await page.waitForURL('**/?id=red%2F1.png');
    expect((await labels('#grid')).slice(0, 3)).toEqual(['red', 'red', 'red']);
    await page.goBack();
    await page.locator('#start').waitFor();
  });

  test('an image that is chosen, pasted or dropped is searched with', async () => {
    const png = Buffer.from(await colourPng(10, 250, 10, 40));
    await page.setInputFiles('#file', { name: 'leaf.png', mimeType: 'image/png', buffer: png });
    await page.locator('#grid a').first().waitFor();
    expect(await query()).toBe('leaf.png');
    expect(await page.locator('#grid .similarity').first().textContent()).toContain('1.000');
    expect(await page.locator('.times dt').allTextContents()).toContain('embed');

    await paste(page, png.toString('base64'));
    await page.locator('#query img[alt="image.png"]').waitFor();
    await drop(page, 'dropped.png', png.toString('base64'));
    await page.locator('#query img[alt="dropped.png"]').waitFor();
    expect(await page.locator('#veil').isVisible()).toBe(false);
    await page.reload();
    await page.getByText('only in the memory of this page').waitFor();
  });

  test('a file that is no image is refused in words, and the page goes on', async () => {
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('nonsense') };
    await page.setInputFiles('#file', broken);
    await page.getByRole('heading', { name: 'That is not an image we can read' }).waitFor();
    expect(await page.locator('#retry').isVisible()).toBe(false);
    await page.goBack();
    await page.click('#examples a');
    await page.locator('#grid a').first().waitFor();
  });

  test('a server that is gone is said in words, and can be tried again', async () => {
    await page.context().setOffline(true);
    await page.click('#examples a');
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await page.context().setOffline(false);
    await page.click('#retry');
    await page.locator('#grid a').first().waitFor();
    complaints = complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'));
  });

  test('the keyboard alone is enough: arrows move, Enter searches, the focus stays in the grid', async () => {
    await page.focus('#examples a');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.locator('#grid a').first().waitFor();
    await page.focus('#grid a');
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowUp', 'End', 'Home', 'ArrowRight']) {
      await page.keyboard.press(key);
    }
    const second = await page.locator('#grid a').nth(1).getAttribute('data-id');
    expect(await page.locator(':focus').getAttribute('data-id')).toBe(second);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/?id=${encodeURIComponent(second as string)}`);
    await page.locator('.trail a').waitFor();
    expect(await count('#grid :focus')).toBe(1);
  });

  test('the foot names the model and the gallery and credits the images, linking to the web alone', async () => {
    expect(await page.textContent('#facts')).toBe('Model tiny, 4 dimensions · Gallery colours, 9 images');
    await page.click('#credits summary');
    const credits = await page.locator('#credit-list li').allTextContents();
    expect(credits).toEqual(['Paint by A. PainterCC0-1.0', 'Trap by Nobodynone']);
    const links = page.locator('#credit-list a');
    expect(await links.evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
      'https://example.org/paint',
    ]);
  });

  test.each([390, 768, 1440])('at a width of %i pixels nothing runs over the edge', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.click('#examples a');
    await page.locator('#grid a').first().waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});

/** JavaScript for the browser: the file's bytes as a Blob. */
const blob = (base64: string) =>
  `new Blob([Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0))], { type: 'image/png' })`;

async function paste(page: Page, base64: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(`navigator.clipboard.write([new ClipboardItem({ 'image/png': ${blob(base64)} })])`);
  await page.keyboard.press('Control+V');
}

async function drop(page: Page, name: string, base64: string): Promise<void> {
  const file = `new File([${blob(base64)}], '${name}', { type: 'image/png' })`;
  const dataTransfer = await page.evaluateHandle(
    `(() => { const carried = new DataTransfer(); carried.items.add(${file}); return carried; })()`,
  );
  await page.dispatchEvent('body', 'dragenter', { dataTransfer });
  await page.getByText('Drop it to search').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer });
}
