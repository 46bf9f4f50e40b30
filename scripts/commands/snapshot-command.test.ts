import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { MODEL, newItem } from '../../retrieval/gallery/gallery.test-helper.ts';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { encodePng } from '../../retrieval/image/encode-png.ts';
import { removeTemporaryFolders, start, temporaryFolder } from '../sinter.test-helper.ts';

afterAll(removeTemporaryFolders);

/** From the sources: what is compiled is another test's. */
const sinter = (...args: string[]) =>
  start(process.cwd(), ['--import', 'tsx', 'scripts/sinter.ts', ...args]).ended;

test('a gallery that is open is saved, verified, lost and brought back', async () => {
  const folder = await temporaryFolder();
  const at = ['--index-data', join(folder, 'galleries')];
  const to = join(folder, 'backup');
  const gallery = await openGallery({ folder: at[1]!, name: 'shop', model: MODEL, create: true });
  const bytes = await encodePng({ width: 1, height: 1, data: new Uint8Array([1, 2, 3]) });
  const source = await gallery.storeImage(bytes);
  await gallery.put([{ ...newItem(1), source, contentHash: contentHash(bytes) }, newItem(2)]);

  const taken = JSON.parse((await sinter('snapshot', to, '--gallery', 'shop', ...at, '--json')).stdout);
  expect(taken).toMatchObject({ snapshot: to, gallery: 'shop', items: 2, files: 2, imagesElsewhere: 1 });
  expect(await sinter('verify', to)).toMatchObject({ code: 0, stdout: expect.stringContaining('is whole') });
  await gallery.close();

  const refused = await sinter('restore', to, ...at);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--overwrite') });
  await rm(join(folder, 'galleries'), { recursive: true });
  const restored = JSON.parse((await sinter('restore', to, ...at, '--json')).stdout);
  expect(restored).toMatchObject({ gallery: 'shop', items: 2, model: { id: MODEL.id } });

  const verified = await sinter('verify', '--gallery', 'shop', ...at, '--json');
  expect(verified.code).toBe(1);
  expect(JSON.parse(verified.stdout)).toMatchObject({
    isWhole: false,
    items: 2,
    faults: [{ where: newItem(2).id, what: `its image file ${newItem(2).source} is not there` }],
  });
}, 120_000);

test('verify wants a snapshot or a gallery, and says where there is none', async () => {
  expect((await sinter('verify')).stderr).toContain('--gallery, one of them');
  expect(await sinter('verify', '/nonexistent')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no snapshot'),
  });
}, 60_000);
