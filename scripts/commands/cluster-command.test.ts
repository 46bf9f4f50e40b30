import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { build, folderWithModel, removeTemporaryFolders, sinter, sinterJson } from '../sinter.test-helper.ts';

/** With a model that knows colours, and a gallery of 24 images in four colours that nobody labelled. */
let folder: string;
beforeAll(async () => {
  await build();
  folder = await folderWithModel(6);
  await mkdir(join(folder, 'flat'));
  for (const colour of await readdir(join(folder, 'shapes')))
    for (const name of await readdir(join(folder, 'shapes', colour)))
      await cp(join(folder, 'shapes', colour, name), join(folder, 'flat', `${colour}-${name}`));
  await sinter(folder, 'index', 'flat', '--model', 'models/tiny', '--gallery', 'shapes');
});
afterAll(removeTemporaryFolders);

test('clusters are found, told, and go on in the next run', async () => {
  const args = ['cluster', '--gallery', 'shapes', '--k', '4', '--restarts', '5'];
  const first = await sinterJson(folder, ...args, '--duplicates', '0.9999', '--map');
  expect(first).toMatchObject({ items: 24, clusters: 4, kept: 0, noise: 0, map: { items: 24 } });
  expect(first.method).toEqual({ name: 'k-means', seed: 1, k: 4, restarts: 5 });
  expect(first.found.map(({ size }: { size: number }) => size)).toEqual([6, 6, 6, 6]);
  expect(first.duplicates.found).toHaveLength(first.duplicates.groups);
  const { stdout } = await sinter(folder, ...args);
  expect(stdout).toContain('24 items in 4 clusters');
  expect(stdout).toContain('4 go on from the run before');
  const density = await sinterJson(
    folder,
    'cluster',
    '--gallery',
    'shapes',
    '--method',
    'density',
    '--min-cluster-size',
    '4',
  );
  expect(density).toMatchObject({ clusters: 4, kept: 4 });
});

test('options of the other method are refused by name, and a gallery that is not there', async () => {
  const mixed = await sinter(folder, 'cluster', '--gallery', 'shapes', '--method', 'density', '--k', '3');
  expect(mixed).toMatchObject({ code: 1, stdout: '' });
  expect(mixed.stderr).toContain('Expected options of --method density; got --k, of the other.');
  expect((await sinter(folder, 'cluster', '--gallery', 'none')).stderr).toContain('There is no gallery');
});

test('the correction loop closes: clusters are labelled, exported, and trained on', async () => {
  const unlabelled = await sinter(folder, 'export-labels', '--gallery', 'shapes', '--out', 'labels.csv');
  expect(unlabelled.stderr).toContain('has no labelled item');
  await sinter(folder, 'cluster', '--gallery', 'shapes', '--k', '4', '--restarts', '5');
  const gallery = await openGallery({ folder: join(folder, 'index-data'), name: 'shapes' });
  const { clusters } = (await gallery.clusters.all())!;
  for (const { id, medoid } of clusters.slice(0, 3)) {
    const members = await gallery.clusters.members(id, 0, 100);
    await gallery.patch(
      members.map((member) => member.id),
      { label: medoid.split('-')[0] as string },
    );
  }
  await gallery.close();
  const exported = await sinterJson(folder, 'export-labels', '--gallery', 'shapes', '--out', 'labels.csv');
  expect(exported).toMatchObject({ images: 18, classes: 3, unlabelled: 6, missing: [], contradicting: [] });
  expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toMatch(/^path,label\nflat\/\w+-\d\.png,\w+\n/);
  const small = ['--epochs', '1', '--batch-size', '6', '--dim', '8', '--size', '24'];
  const trained = await sinter(folder, 'train', 'labels.csv', '--out', 'models/corrected', ...small);
  expect(trained.stderr).not.toContain('error');
  expect(trained.code).toBe(0);
  const card = JSON.parse(await readFile(join(folder, 'models', 'corrected', 'model.json'), 'utf8'));
  expect(card.training).toMatchObject({ classes: 3 });
});
