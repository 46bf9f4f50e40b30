import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { thresholdsOf } from '../../retrieval/gallery/thresholds.ts';
import { CARD_FILE } from '../../retrieval/model/bundle-format.ts';
import { build, folderWithModel, removeTemporaryFolders, sinter, sinterJson } from '../sinter.test-helper.ts';

/** With a model that knows colours, and 16 images of four colours. */
let folder: string;
beforeAll(async () => {
  await build();
  folder = await folderWithModel(4);
});
afterAll(removeTemporaryFolders);

/** Nothing to be measured first. */
const ONE_THREAD = ['--device', 'cpu', '--workers', '1', '--threads', '1'];
const AUDIT = ['audit', 'shapes', '--model', 'models/tiny', ...ONE_THREAD];

test('a gate decides the exit code, and says why', async () => {
  const kept = await sinter(folder, ...AUDIT, '--gate', 'recall@1>=0.9', '--gate', 'nmi>=0.5');
  expect(kept.code).toBe(0);
  expect(kept.stdout).toContain('kept: recall@1>=0.9 (recall@1 is 1.0000)');
  const failed = await sinter(folder, ...AUDIT, '--gate', 'precision@8>=0.9', '--json');
  expect(failed.code).toBe(2);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    passed: false,
    gates: [{ gate: 'precision@8>=0.9', passed: false }],
  });
  const wrong = await sinter(folder, ...AUDIT, '--gate', 'recall@1>80');
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
});

test('a model is compared with another on the same images', async () => {
  const answer = await sinterJson(folder, ...AUDIT, '--gate', 'no-worse-than models/tiny');
  expect(answer.comparisons['models/tiny']['recall@1']).toEqual({
    value: 0,
    low: 0,
    high: 0,
    verdict: 'no clear difference',
  });
  expect(answer).toMatchObject({ passed: true });
  const { stdout } = await sinter(folder, ...AUDIT, '--against', 'models/tiny');
  expect(stdout).toMatch(/against models\/tiny +difference +95% interval +verdict/);
});

const backbone = new URL('../../../shared/backbones/squeezenet1.1.onnx', import.meta.url).pathname;
test.skipIf(!existsSync(backbone))(
  'a backbone as it came is audited and compared with like a model (needs ../shared)',
  async () => {
    const args = ['audit', 'shapes', '--model', backbone, '--against', 'models/tiny', ...ONE_THREAD];
    const answer = await sinterJson(folder, ...args);
    expect(answer.model).toEqual({ id: backbone, name: 'squeezenet1.1', dim: 512 });
    expect(answer).toMatchObject({
      queries: 16,
      comparisons: { 'models/tiny': { 'recall@1': {}, nmi: {} } },
    });
  },
);

test('every part of an audit is answered where it is asked for', async () => {
  const plain = await sinterJson(folder, ...AUDIT, '--no-clusters', '--worst', '0');
  expect(Object.keys(plain.figures)).not.toContain('nmi');
  expect(plain).toMatchObject({ worst: [], comparisons: {}, gates: [], passed: true });
  expect(plain).not.toHaveProperty('leaks');
  const extras = ['--index-recall', '--ablate', '--leaks', 'shapes', '--report', 'pages/audit.html'];
  const all = await sinterJson(folder, ...AUDIT, ...extras);
  expect(all.report).toBe('pages/audit.html');
  expect(await readFile(join(folder, 'pages', 'audit.html'), 'utf8')).toContain('data:image/webp');
  expect(all.figures.nmi.value).toBeGreaterThan(0.5);
  expect(all.clusters).toEqual({ clusters: 4, restarts: 10 });
  expect(all.perClass).toHaveLength(4);
  expect(all.index.rows).toHaveLength(5);
  expect(all.ablations.length).toBeGreaterThan(1);
  expect(all.leaks.leaks).toHaveLength(16);
});

test('leaks are looked for in what the model was trained on, where it says so', async () => {
  const unknown = await sinter(folder, ...AUDIT, '--leaks');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('does not say what it was trained on');
  const told = join(folder, 'models', 'told');
  await cp(join(folder, 'models', 'tiny'), told, { recursive: true });
  const card = JSON.parse(await readFile(join(told, CARD_FILE), 'utf8'));
  card.training.data = join(folder, 'shapes');
  await writeFile(join(told, CARD_FILE), JSON.stringify(card));
  const { stdout } = await sinter(folder, 'audit', 'shapes', '--model', 'models/told', '--leaks');
  expect(stdout).toContain('16 images of the test were trained on (16 same)');
});

test('thresholds are learned from the labels of a gallery, and stay with it where that is asked for', async () => {
  await sinter(folder, 'index', 'shapes', '--model', 'models/tiny', '--gallery', 'colours');
  const learn = ['thresholds', '--gallery', 'colours'];
  const looked = await sinterJson(folder, ...learn);
  expect(looked).toMatchObject({ gallery: 'colours', items: 16, pairs: 16 * 15, stored: false });
  expect(looked.match.similarity).toBeGreaterThan(0.5);
  expect(looked.maybe.similarity).toBeLessThanOrEqual(looked.match.similarity);
  const kept = await sinter(folder, ...learn, '--false-match-rate', '0.05', '--store');
  expect(kept.stdout).toContain('Kept with the gallery');
  const gallery = await openGallery({ folder: join(folder, 'index-data'), name: 'colours' });
  expect(thresholdsOf(gallery)).toMatchObject({ falseMatchRate: 0.05, items: 16 });
  await gallery.close();
  const wrong = await sinter(folder, ...learn, '--maybe-rate', '0.001');
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
});
