/**
 * The bench `page`: how the page of a gallery feels, in a real browser on a real server: how soon there is a picture, how
 * evenly it scrolls, how long a jump to the last image and a filter take. Takes the gallery as it is and changes nothing.
 */
import type { Page } from 'playwright-core';
import { SinterError } from '../../retrieval/errors.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import type { Finding } from './finding.ts';
import { startServer } from './measured-server.ts';

/** `seed` decides nothing here: nothing is random. */
export type PageBench = { gallery: string; indexData: string; seed: number };

type Listed = { items: { id: string; label: string | null }[]; total: number };

/** Of a screen that shows sixty frames a second, with a little for how its clock is rounded. */
const FRAME_MS = 17;
const AT_ONCE_MS = 1000;
const SIZE = { width: 1400, height: 900 };
const FRAMES = 400;
/** Pixels a frame: as a wheel is turned, and as a bar is dragged. */
const [WHEEL, DRAG] = [60, 600];

export async function pageBench({ gallery, indexData }: PageBench, work: LongWork = {}): Promise<Finding> {
  const peer = 'a screen that shows 60 frames a second';
  if (!hasBrowser)
    return { bench: 'page', peer, skipped: reasonForSkipping, ratio: null, claims: [], figures: {} };
  const server = await startServer({ indexData, gallery, items: 0, queries: [] });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: SIZE });
    const measured = await measure(
      page,
      `${server.url}/g/${gallery}/`,
      `${server.url}/v1/galleries/${gallery}`,
      work,
    );
    const claim = (what: keyof typeof measured, atMost: number) => ({ what, value: measured[what], atMost });
    const claims = [
      claim('page loaded, first picture, ms', AT_ONCE_MS),
      claim('median frame under a wheel, ms', FRAME_MS),
      claim('jump to the last image, ms', AT_ONCE_MS),
      claim('filter by a label, ms', AT_ONCE_MS),
    ];
    return {
      bench: 'page',
      peer,
      ratio: measured['median frame under a wheel, ms'] / FRAME_MS,
      claims,
      figures: measured,
    };
  } finally {
    await browser.close();
    await server.close();
  }
}

async function measure(page: Page, pages: string, api: string, { onProgress, signal }: LongWork) {
  const step = (done: number) => {
    stopIfAborted(signal);
    onProgress?.({ stage: 'looking at the page', done, total: 5 });
  };
  step(0);
  const { items, total } = await list(api, '?offset=0&limit=1');
  const { items: last } = await list(api, `?offset=${total - 1}&limit=1`);
  if (!items[0] || !last[0])
    throw new SinterError('bad-data', 'Expected a gallery with images, got an empty one.');
  // The page itself is loaded and compiled by then: what counts is what the gallery takes.
  await page.goto(`${pages}add`);
  const picture = await timeOf(
    () => page.goto(`${pages}browse`, { waitUntil: 'commit' }),
    () => pictureOf(page),
  );
  step(1);
  const fresh = await frames(page, WHEEL);
  await page.evaluate('scrollTo(0, 0)');
  step(2);
  const seen = await frames(page, WHEEL);
  step(3);
  const dragged = await frames(page, DRAG);
  await page.evaluate('scrollTo(0, 0)');
  await page.locator('.tile a').first().focus();
  step(4);
  const focused = page.locator(`.tile[data-id=${JSON.stringify(last[0].id)}]:has(:focus)`);
  const jump = await timeOf(
    () => page.keyboard.press('End'),
    () => focused.waitFor(),
  );
  const filter = encodeURIComponent(JSON.stringify({ field: 'label', in: [items[0].label ?? ''] }));
  const choose = `history.pushState({}, '', '?filter=${filter}'); dispatchEvent(new PopStateEvent('popstate'))`;
  const status = page.locator('.browse .status', { hasText: ' of ' });
  const filtered = await timeOf(
    () => page.evaluate(choose),
    () => status.waitFor(),
  );
  return {
    items: total,
    'page loaded, first picture, ms': picture,
    'median frame under a wheel, ms': fresh.median,
    'slowest twentieth of frames, ms': fresh.p95,
    'the same, pictures known, ms': seen.p95,
    'median frame when dragged, ms': dragged.median,
    'jump to the last image, ms': jump,
    'filter by a label, ms': filtered,
  };
}

async function list(api: string, query: string): Promise<Listed> {
  const response = await fetch(`${api}/items${query}`);
  if (response.ok) return (await response.json()) as Listed;
  throw new SinterError('not-found', `The server says of the gallery: ${await response.text()}`);
}

async function timeOf(act: () => Promise<unknown>, ready: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  await ready();
  return performance.now() - startedAt;
}

/** Resolves once a picture of the gallery is there. */
async function pictureOf(page: Page): Promise<void> {
  const image = page.locator('.tile img').first();
  await image.waitFor();
  await image.evaluate(
    `(image) => image.complete || new Promise((done) => image.addEventListener('load', done))`,
  );
}

/** Milliseconds between frames that were drawn while the page scrolled down so many pixels in each. */
async function frames(page: Page, pixels: number): Promise<{ median: number; p95: number }> {
  const gaps = (await page.evaluate(`new Promise((resolve) => {
    const gaps = [];
    let last;
    const step = (now) => {
      if (last !== undefined) gaps.push(now - last);
      last = now;
      scrollBy(0, ${pixels});
      if (gaps.length < ${FRAMES}) requestAnimationFrame(step);
      else resolve(gaps);
    };
    requestAnimationFrame(step);
  })`)) as number[];
  gaps.sort((a, b) => a - b);
  return { median: gaps[FRAMES / 2] as number, p95: gaps[FRAMES * 0.95] as number };
}
