import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { type Served, serve } from '../served.test-helper.ts';
import { openPage } from './open-page.test-helper.ts';

const ITEMS = 100_000;
const POINTS = 50_000;

/** What the page may work for one frame, in milliseconds: a screen shows sixty a second. */
const FRAME_MS = 16;

describe.skipIf(!hasBrowser)(`the page of a large gallery${reasonForSkipping}`, () => {
  let served: Served;
  let browser: Browser;

  beforeAll(async () => {
    served = await serve();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  test('100,000 items are scrolled through with few nodes and little work a frame, to the very last', async () => {
    const { page, close } = await openPage(browser, `${served.url}/g/colours/search`);
    await page.locator('.tile').first().waitFor();
    const asked = await enlarge(page);
    await page.reload();
    await page.getByRole('link', { name: 'Browse' }).click();
    await page.getByText('100,000 images').first().waitFor();
    await page.locator('.tile').first().waitFor();
    const work = await workPerFrame(page, () => page.evaluate(SCROLL));
    expect(work).toBeLessThan(FRAME_MS);
    expect(await page.locator('*').count()).toBeLessThan(2500);
    await page.locator('.tile a').first().focus();
    asked.length = 0;
    await page.keyboard.press('End');
    await page.locator(`.tile[data-id="${idOf(ITEMS - 1)}"]:has(:focus)`).waitFor();
    expect(asked.length, 'requests for a jump').toBeLessThan(4);
    expect(await page.locator('*').count()).toBeLessThan(2500);
    await close();
  }, 180_000);

  test('keys reach what is not loaded yet, and a range is selected with all that was never in sight', async () => {
    const { page, close } = await openPage(browser, `${served.url}/g/colours/search`);
    await page.locator('.tile').first().waitFor();
    await enlarge(page, 1500);
    await page.reload();
    await page.getByRole('link', { name: 'Browse' }).click();
    await page.getByText('1,500 images').first().waitFor();
    await page.locator('.tile a').first().focus();
    // In one go: the last image is neither drawn nor loaded when it is opened.
    await page.evaluate(`for (const key of ['End', 'Enter'])
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))`);
    await page.waitForURL(`**/search?id=${encodeURIComponent(idOf(1499))}`);
    await page.getByRole('link', { name: 'Browse' }).click();
    await page.locator('.tile a').nth(2).focus();
    await page.keyboard.press('x');
    await page.keyboard.press('End');
    await page.locator(`.tile[data-id="${idOf(1499)}"]:has(:focus)`).waitFor();
    await page.keyboard.press('Shift+X');
    await page.getByText('1498 selected').waitFor();
    await close();
  }, 180_000);

  test('a map of 50,000 points is moved with little work a frame', async () => {
    const { page, close } = await openPage(browser, `${served.url}/g/colours/search`);
    await page.route('**/v1/galleries/colours/map', (route) => route.fulfill({ json: cloud() }));
    await page.locator('.tile').first().waitFor();
    await page.keyboard.press('m');
    await page.locator('.legend button').first().waitFor();
    const { x, y, width, height } = (await page.locator('.map canvas').boundingBox())!;
    const work = await workPerFrame(page, async () => {
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width / 4, y + height / 4, { steps: 40 });
      await page.mouse.up();
    });
    expect(work).toBeLessThan(FRAME_MS);
    await close();
  }, 120_000);
});

/** JavaScript for the browser: scrolls down in large steps, one a frame. */
const SCROLL = `new Promise((resolve) => {
  let steps = 0;
  const step = () => {
    scrollBy(0, 300);
    if (++steps < 120) requestAnimationFrame(step);
    else resolve();
  };
  requestAnimationFrame(step);
})`;

/** Milliseconds of the processor for scripts, styles and layout, for each frame that was drawn while `act` ran. */
async function workPerFrame(page: Page, act: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // By the time that the page's thread really ran: what else the machine does is not the page's work.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const seconds =
      (named.ScriptDuration ?? 0) + (named.RecalcStyleDuration ?? 0) + (named.LayoutDuration ?? 0);
    return seconds;
  };
  await page.evaluate(COUNT_FRAMES);
  const before = await read();
  await act();
  const after = await read();
  const frames = (await page.evaluate('globalThis.framesDrawn')) as number;
  return ((after - before) * 1000) / Math.max(1, frames);
}

const COUNT_FRAMES = `(() => {
  globalThis.framesDrawn = 0;
  const count = () => { globalThis.framesDrawn += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
})()`;

/** Lets the server's answers tell of as many items, all with the picture of one that is there; every list that was asked for. */
async function enlarge(page: Page, size = ITEMS): Promise<string[]> {
  const asked: string[] = [];
  const gallery = '**/v1/galleries/colours';
  await page.route('**/v1/galleries', async (route) => {
    const { galleries } = await (await route.fetch()).json();
    await route.fulfill({ json: { galleries: [{ ...galleries[0], size }] } });
  });
  await page.route(`${gallery}/items?*`, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(query.toString());
    const from = Number(query.get('offset'));
    const count = Math.min(Number(query.get('limit')), size - from);
    const items = Array.from({ length: count }, (_, i) => itemOf(from + i));
    await route.fulfill({ json: { items, total: size } });
  });
  return asked;
}

function itemOf(number: number) {
  const imageUrl = `/v1/galleries/colours/items/${encodeURIComponent('red/1.png')}/image?v=1`;
  return { id: idOf(number), label: `label ${number % 50}`, metadata: { shelf: number % 7 }, imageUrl };
}

function idOf(number: number): string {
  return `item/${String(number).padStart(6, '0')}`;
}

/** Points in rings, a label for each ring. */
function cloud() {
  const numbers = Array.from({ length: POINTS }, (_, i) => i);
  const angle = (i: number) => (i * 2.399963) % (2 * Math.PI);
  const radius = (i: number) => 1 + (i % 30) + ((i * 7919) % 1000) / 2500;
  return {
    createdAt: '2026-01-01T00:00:00Z',
    ids: numbers.map(idOf),
    x: numbers.map((i) => radius(i) * Math.cos(angle(i))),
    y: numbers.map((i) => radius(i) * Math.sin(angle(i))),
    labelNames: Array.from({ length: 30 }, (_, i) => `ring ${i}`),
    labels: numbers.map((i) => i % 30),
    clusterIds: [],
    clusters: numbers.map(() => -1),
  };
}
