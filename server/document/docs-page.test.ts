import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../test/browser.ts';
import { type Served, serve } from '../served.test-helper.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

test('nothing of the docs is loaded from elsewhere, and they are no way to other files', async () => {
  const page = await fetch(`${served.url}/docs`);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
  const paths = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => path as string,
  );
  expect(paths).toHaveLength(4);
  for (const path of paths) expect([path, (await fetch(served.url + path)).status]).toEqual([path, 200]);
  for (const path of ['/docs/package.json', '/docs/..%2fpackage.json', '/docs/constructor'])
    expect((await fetch(served.url + path)).status).toBe(404);
});

describe.skipIf(!hasBrowser)(`the docs in a browser${reasonForSkipping}`, () => {
  test('every operation is shown, and can be tried out', async () => {
    const { paths } = (await (await fetch(`${served.url}/openapi.json`)).json()) as { paths: object };
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods)).length;
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${served.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await expect.poll(() => page.locator('.opblock').count(), { timeout: 30_000 }).toBe(operations);
    await page.click('#operations-models-listModels .opblock-summary');
    await page.click('#operations-models-listModels .try-out__btn');
    await page.click('#operations-models-listModels .execute');
    const answer = page.locator('#operations-models-listModels .live-responses-table .microlight').first();
    expect(await answer.textContent()).toContain(served.model.id);
    expect(complaints).toEqual([]);
    await browser.close();
  });
});
