import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser, reasonForSkipping } from '../../../test/browser.ts';
import { expectWholeReport } from '../../../test/report-page.ts';
import { colourPng } from '../../model/bundle.test-helper.ts';
import { ablate } from '../ablate.ts';
import { audit } from '../audit.ts';
import { compareAudits } from '../compare.ts';
import type { EmbeddedSides } from '../embed-sides.ts';
import { checkGate, parseGate } from '../gate.ts';
import { recallCurve } from '../recall-curve.ts';
import { openSides } from '../sides.test-helper.ts';
import type { ReportedAudit, ReportedSet } from './set-report.ts';
import { writeAuditReport } from './write-audit-report.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'<script>document.title='owned'</script>&amp;`;

let folder: string;
let everything: ReportedAudit;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-report-'));
  everything = { model: { name: HOSTILE, id: 'id', dim: 16 }, sets: [await setOf(1.1), await setOf(0.05)] };
});
afterAll(() => rm(folder, { recursive: true }));

/** Images of one colour a class, of which one has a name that should stay text. */
async function sidesOf(noise: number): Promise<EmbeddedSides> {
  const sides = openSides({ classes: 6, perClass: 8, dim: 16, noise });
  const images = await Promise.all(
    sides.queries.images.map(async (image, i) => {
      const path = join(folder, `${i}.png`);
      await writeFile(path, await colourPng(40 * Math.floor(i / 8), 90, 200 - 5 * (i % 8)));
      return { ...image, path, label: i < 8 ? HOSTILE : image.label };
    }),
  );
  return { ...sides, queries: { ...sides.queries, images } };
}

async function setOf(noise: number): Promise<ReportedSet> {
  const sides = await sidesOf(noise);
  const audited = await audit(sides, { ks: [1, 2, 4] });
  const other = await audit(await sidesOf(0.9), { ks: [1, 2, 4] });
  const comparisons = { [HOSTILE]: await compareAudits(audited, other) };
  const [test, training] = sides.queries.images as [
    (typeof sides.queries.images)[0],
    (typeof sides.queries.images)[0],
  ];
  const leak = { test, training, kind: 'near' as const, correlation: 0.9991 };
  return {
    audited,
    otherCurves: { [HOSTILE]: recallCurve(other.queryFigures) },
    report: {
      ...audited.report,
      data: HOSTILE,
      comparisons,
      gates: [checkGate(parseGate('recall@1>=0.99'), audited.report, {})],
      leaks: { tested: 48, trained: 48, threshold: 0.995, leaks: [leak] },
      index: { k: 10, queries: 48, vectors: 48, rows: [{ efSearch: 50, recall: 0.99, msPerQuery: 0.1 }] },
      ablations: await ablate(sides),
    },
  };
}

async function written(audited: ReportedAudit, name = 'report.html'): Promise<string> {
  const path = join(folder, 'reports', name);
  await writeAuditReport(path, audited);
  return readFile(path, 'utf8');
}

test('whatever a user can name is text in the page, and nothing in it leads elsewhere', async () => {
  const page = await written(everything);
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img src=x');
  const links = [...page.matchAll(/\s(?:src|href)="([^"]*)"|url\(([^)]*)\)/g)].map(([, a, b]) => a ?? b);
  expect(links.length).toBeGreaterThan(20);
  expect(
    links.filter((to) => to === undefined || !/^#(heat$|set-\d$)|^data:image\/webp;base64,/.test(to)),
  ).toEqual([]);
  expect(page).not.toMatch(/NaN|undefined|\[object/);
});

test('figures, failures, differences and the rest are those of the audit', async () => {
  const [mixed] = everything.sets as [ReportedSet];
  const page = await written({ ...everything, sets: [mixed] });
  const recall = ((mixed.report.recall[1] as number) * 100).toFixed(1);
  expect(page).toContain(`<strong>${recall}%</strong>`);
  expect(page).toContain('The gate recall@1&gt;=0.99 is not kept');
  for (const title of [
    'Against other models',
    'Who is taken for whom',
    'Worst queries',
    'Leaks',
    'The index',
    'Smaller embeddings',
  ])
    expect(page).toContain(title);
  expect(await written({ ...everything, sets: [mixed] }, 'again.html')).toBe(page);
});

test('an audit without failures and extras is reported as far as it goes', async () => {
  const sides = await sidesOf(0.01);
  const audited = await audit(sides, { ks: [1] });
  const report = { ...audited.report, data: 'plain', comparisons: {}, gates: [] };
  const page = await written({ ...everything, sets: [{ audited, report, otherCurves: {} }] });
  expect(page).toContain('<strong>100.0%</strong>');
  expect(page).not.toMatch(/Worst queries|taken for|Leaks|The index|Smaller|Against other|NaN|undefined/);
});

test('a report that is stopped leaves no file behind', async () => {
  const stopped = writeAuditReport(join(folder, 'stopped', 'r.html'), everything, {
    signal: AbortSignal.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  expect(await readdir(folder)).not.toContain('stopped');
});

describe.skipIf(!hasBrowser)(`in a browser${reasonForSkipping}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    await written(everything, 'looked-at.html');
  });
  afterAll(() => browser?.close());

  test.each([390, 1280])(
    'at a width of %i pixels it fits, shows its pictures and asks for nothing',
    async (width) => {
      await expectWholeReport(browser, join(folder, 'reports', 'looked-at.html'), width, async (page) => {
        expect(await page.locator('figure svg[role=img][aria-label]').count()).toBe(4);
      });
    },
  );
});
