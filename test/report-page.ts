/** What every report must be in a browser, whatever it reports: whole, narrow enough, and in need of nothing else. */
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Opens the report at `path` in a window `width` pixels wide, and hands the page to `look` for what is its own. */
export async function expectWholeReport(
  browser: Browser,
  path: string,
  width: number,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  const broken = '[...document.images].filter((image) => image.naturalWidth === 0).length';
  expect(await page.evaluate(broken)).toBe(0);
  expect(await page.evaluate('document.images.length')).toBeGreaterThan(20);
  expect(await page.locator('script, [onerror]').count()).toBe(0);
  await look(page);
  expect(requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
}
