import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery } from '../retrieval/gallery/gallery.ts';
import { graphPath, tinyBundle } from '../retrieval/model/bundle.test-helper.ts';
import { writeBundle } from '../retrieval/model/write-bundle.ts';
import {
  build,
  folderWithModel,
  makeShapes,
  removeTemporaryFolders,
  SMALL_NETWORK,
  sinter,
  sinterJson,
  startSinter,
  temporaryFolder,
} from './sinter.test-helper.ts';

/** No build of ONNX Runtime has both. */
const OF_ANOTHER_SYSTEM = platform() === 'darwin' ? 'dml' : 'coreml';

/** With a model that knows colours, and 16 images of four colours in the gallery `colours`. */
let folder: string;
beforeAll(async () => {
  await build();
  folder = await folderWithModel(4);
  await writeFile(join(folder, 'shapes', 'notes.txt'), 'not an image');
  await writeFile(join(folder, 'shapes', 'red', 'broken.png'), 'not an image either');
  await sinter(folder, 'index', 'shapes', '--model', 'models/tiny', '--gallery', 'colours');
});
afterAll(removeTemporaryFolders);

test('a folder is indexed once, and a second run embeds nothing', async () => {
  const args = ['index', 'shapes', '--model', 'models/tiny', '--gallery', 'twice'];
  const first = await sinterJson(folder, ...args);
  expect(first).toMatchObject({ gallery: 'twice', model: 'tiny', items: 16, added: 16, embedded: 16 });
  expect(first.skipped).toMatchObject([{ path: join(folder, 'shapes', 'red', 'broken.png') }]);
  const second = await sinter(folder, ...args);
  expect(second.code).toBe(0);
  expect(second.stdout).toContain('Gallery twice holds 16 images (16 unchanged, 1 left out).');
  expect(second.stderr).toContain('warning: ');
  expect(second.stderr).toContain('broken.png is left out: ');
  expect(second.stderr).toContain('Indexing 100%, 17 of 17');
});

test('search answers a table for people, and the same as JSON for programs', async () => {
  const args = ['search', join('shapes', 'blue', '2.png'), '--gallery', 'colours', '--k', '4'];
  const answer = await sinterJson(folder, ...args);
  expect(answer).toMatchObject({ gallery: 'colours', model: { name: 'tiny', dim: 4 } });
  expect(answer.results).toHaveLength(4);
  expect(answer.results[0]).toMatchObject({ rank: 1, label: 'blue', id: 'blue/2.png' });
  expect(answer.results[0].similarity).toBeCloseTo(1);
  const { stdout } = await sinter(folder, ...args);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toBe('rank  similarity  label  id          path');
  expect(rows.map((row) => row.trim().split(/\s+/).slice(0, 4))).toEqual(
    answer.results.map(({ rank, similarity, label, id }: Record<string, number | string>) => [
      String(rank),
      Number(similarity).toFixed(3),
      label,
      id,
    ]),
  );
});

test('an audit gives the figures of both protocols', async () => {
  const open = await sinterJson(folder, 'audit', 'shapes', '--model', 'models/tiny');
  expect(open).toMatchObject({ protocol: 'open', queries: 16, references: 16, classes: 4 });
  expect(Object.keys(open.recall)).toEqual(['1', '2', '4', '8']);
  const sides = ['--queries', 'shapes', '--references', 'shapes', '--model', 'models/tiny'];
  const closed = await sinterJson(folder, 'audit', ...sides, '--k', '1,3');
  expect(closed).toMatchObject({ protocol: 'closed', recall: { 1: 1, 3: 1 } });
  expect(closed.open).toBeUndefined();
});

test('the folder of a benchmark is audited on its test split, and indexed with its splits', async () => {
  const products = join(folder, 'products');
  await makeShapes(products, 4);
  const [tested, trained] = [
    ['red', 'blue'],
    (await readdir(products)).filter((name) => !/red|blue/.test(name)),
  ];
  const list = (labels: string[]) =>
    labels.flatMap((label, c) => ['1', '2', '3', '4'].map((n, i) => `${4 * c + i} ${c} 1 ${label}/${n}.png`));
  const write = (file: string, labels: string[]) =>
    writeFile(join(products, file), ['image_id class_id super_class_id path', ...list(labels)].join('\n'));
  await write('Ebay_train.txt', trained);
  await write('Ebay_test.txt', tested);
  const report = await sinterJson(folder, 'audit', 'products', '--model', 'models/tiny');
  expect(report).toMatchObject({ protocol: 'open', queries: 8, references: 8, classes: 2 });
  const index = await sinter(folder, 'index', 'products', '--model', 'models/tiny', '--gallery', 'products');
  expect(index.stderr).toContain('This is not the whole of Stanford Online Products');
  expect(index.stdout).toContain('Gallery products holds 16 images (16 added).');
  const closed = ['audit', 'products', '--model', 'models/tiny', '--protocol', 'closed'];
  expect((await sinter(folder, ...closed)).stderr).toContain('has the protocol open only; got "closed".');
});

test('a gallery is served until the server is told to stop', async () => {
  const server = startSinter(folder, 'serve', '--gallery', 'colours', '--port', '0', '--json');
  const { url } = JSON.parse((await server.until(/"url".*\n/)).split('\n')[0] as string);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ id: 'green/1.png', k: 3 });
  const answer = await fetch(`${url}/v1/search`, { method: 'POST', headers, body });
  expect(await answer.json()).toHaveProperty('results.length', 3);
  server.child.kill('SIGINT');
  const { code, stdout, stderr } = await server.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ galleries: [{ name: 'colours', items: 16, model: 'tiny' }] });
  expect(stderr).toContain('"msg":"listening"');
});

test('whatever cannot be done is said in a sentence, with nothing on stdout', async () => {
  const image = join('shapes', 'red', '1.png');
  const failures: [args: string[], sentence: string | RegExp][] = [
    [
      ['search', image, '--gallery', 'colours', '--k', 'abc'],
      '--k must be a whole number from 1 to 1000, got "abc".',
    ],
    [
      ['search', image, '--gallery', 'colours', '--device', OF_ANOTHER_SYSTEM],
      /^The device \w+ cannot be used: onnxruntime-node has cpu, .* It needs /,
    ],
    [
      ['search', image, '--gallery', 'colour'],
      /^There is no gallery `colour` in index-data\. There are: colours/,
    ],
    [
      ['search', image, '--gallery', 'colours', '--model', 'models/big'],
      'There is no model in models/big. models has: tiny.',
    ],
    [['search', 'none.png', '--gallery', 'colours'], 'There is no image none.png.'],
    [['search', 'shapes', '--gallery', 'colours'], 'Expected an image file; shapes is a folder.'],
    [
      ['search', join('shapes', 'notes.txt'), '--gallery', 'colours'],
      /^Expected an image in one of the formats/,
    ],
    [['search', image], "required option '--gallery <name>' not specified"],
    [
      ['index', 'nowhere', '--model', 'models/tiny', '--gallery', 'x'],
      `There is no folder or manifest file ${join(folder, 'nowhere')}.`,
    ],
    [
      ['audit', '--model', 'models/tiny', '--queries', 'shapes'],
      'Expected --queries and --references together; got only one of them.',
    ],
    [['audit', '--model', 'models/tiny'], /^Expected images to audit the model on\./],
    [
      ['train', 'shapes', '--out', 'models/new', '--features', 'x'],
      /^--features says what to do with a backbone/,
    ],
    [
      ['train', 'shapes', '--out', 'models/new', '--backbone', 'none.onnx'],
      /^Expected an ONNX file at none\.onnx/,
    ],
  ];
  for (const [args, sentence] of failures) {
    const { code, stdout, stderr } = await sinter(folder, ...args);
    expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n$/);
    const said = stderr.slice('error: '.length, -1);
    if (typeof sentence === 'string') expect(said).toBe(sentence);
    else expect(said).toMatch(sentence);
  }
  expect(await readdir(join(folder, 'models'))).toEqual(['.cache', 'tiny']);
});

test('each command has a help that ends in an example', async () => {
  const commands =
    'train study index search serve audit thresholds doctor demo snapshot restore verify'.split(' ');
  for (const command of commands) {
    const { code, stdout } = await sinter(folder, command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`\nExample:\n(  sinter ${command} ?.*\n)+$`));
  }
});

test('indexing that Ctrl-C stops keeps what it did, and the same command goes on', async () => {
  const place = await temporaryFolder();
  await makeShapes(join(place, 'many'), 50);
  await writeBundle(join(place, 'models', 'slow'), await tinyBundle(graphPath('slow')), { workers: 1 });
  const args = ['index', 'many', '--model', 'models/slow', '--gallery', 'many'];
  const run = startSinter(place, ...args);
  await run.until(/Indexing .*64 of 200/);
  run.child.kill('SIGINT');
  const stopped = await run.ended;
  expect(stopped).toMatchObject({ code: 130, stdout: '' });
  expect(stopped.stderr).toContain('Stopping at the next safe point.');
  expect(stopped.stderr).toContain('error: Stopped. What was indexed so far is kept;');
  const gallery = await openGallery({ folder: join(place, 'index-data'), name: 'many' });
  const kept = gallery.size();
  await gallery.close();
  expect(kept).toBeGreaterThanOrEqual(64);
  expect(kept).toBeLessThan(200);
  expect(await sinterJson(place, ...args)).toMatchObject({
    items: 200,
    unchanged: kept,
    added: 200 - kept,
  });
});

test('a model is trained from nothing; stopped by Ctrl-C and started again it becomes the same model', async () => {
  const place = await temporaryFolder();
  await makeShapes(join(place, 'shapes'), 8);
  const args = ['train', 'shapes', '--epochs', '8', ...SMALL_NETWORK, '--learning-rate', '0.02'];
  const run = startSinter(place, ...args, '--out', 'models/stopped');
  await run.when(() => existsSync(join(place, 'models', '.runs', 'stopped', 'checkpoint.safetensors')));
  run.child.kill('SIGINT');
  const stopped = await run.ended;
  expect(stopped).toMatchObject({ code: 130, stdout: '' });
  expect(stopped.stderr).toContain('error: Stopped. Everything up to the last full epoch is kept;');
  const resumed = await sinterJson(place, ...args, '--out', 'models/stopped');
  const whole = await sinterJson(place, ...args, '--out', 'models/whole');
  expect(resumed).toMatchObject({ model: 'models/stopped', images: 28, classes: 4, dim: 8, variant: 'hln' });
  const lossesOf = ({ history }: { history: { loss?: number }[] }) => history.map(({ loss }) => loss);
  expect(lossesOf(resumed)).toEqual(lossesOf(whole));
  expect(resumed.id).toBe(whole.id);
  expect(await sinterJson(place, 'audit', 'shapes', '--model', 'models/stopped')).toHaveProperty('recall.1');
});
