/** The page in a browser for tests: on a server of real parts, with every complaint of the browser kept. */
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The browser reports each answer 4xx itself, which is no fault of the page. */
const REFUSED = /the server responded with a status of 4\d\d/;

export type Opened = { page: Page; complaints: string[]; close(): Promise<void> };

/** Opens the address in a window of its own. Closing it fails where the page or its content policy complained. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.setDefaultTimeout(50_000);
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isComplaint = ['error', 'warning'].includes(message.type()) && !REFUSED.test(message.text());
    if (isComplaint) complaints.push(message.text());
  });
  await page.goto(url);
  const close = async () => {
    await context.close();
    expect(complaints, 'errors, warnings and violations of the content policy').toEqual([]);
  };
  return { page, complaints, close };
}

/** Expects of what the page shows once it has come to show it: it draws after it has moved on, and a busy machine lets it wait. */
export function eventually<Shown>(read: () => Shown | Promise<Shown>) {
  return expect.poll(read, { timeout: 50_000 });
}

/** What axe-core finds wrong, by the rules of WCAG 2.2 A and AA and its best practices. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's policy lets no other script in.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document)')) as { violations: Violation[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

type Violation = { id: string; nodes: { html: string }[] };

/** JavaScript for the browser: the file's bytes as a Blob. */
const blob = (base64: string) =>
  `new Blob([Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0))], { type: 'image/png' })`;

export async function pasteImage(page: Page, base64: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(`navigator.clipboard.write([new ClipboardItem({ 'image/png': ${blob(base64)} })])`);
  await page.keyboard.press('Control+V');
}

export async function dropImage(page: Page, name: string, base64: string): Promise<void> {
  const file = `new File([${blob(base64)}], '${name}', { type: 'image/png' })`;
  const dataTransfer = await page.evaluateHandle(
    `(() => { const carried = new DataTransfer(); carried.items.add(${file}); return carried; })()`,
  );
  await page.dispatchEvent('body', 'dragenter', { dataTransfer });
  await page.locator('.veil').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer });
}
