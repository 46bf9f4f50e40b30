import { afterAll, expect, test } from 'vitest';
import { keyFileIn } from '../../server/access/key-file.ts';
import { openKeyRing } from '../../server/access/key-ring.ts';
import { removeTemporaryFolders, start, temporaryFolder } from '../sinter.test-helper.ts';

afterAll(removeTemporaryFolders);

/** From the sources: what is compiled is another test's. */
const keys = (...args: string[]) =>
  start(process.cwd(), ['--import', 'tsx', 'scripts/sinter.ts', 'keys', ...args]).ended;

test('a key that was made opens a server until it is revoked, and is shown once', async () => {
  const folder = await temporaryFolder();
  const at = ['--index-data', folder, '--json'];
  const options = ['--gallery', 'shop', '--expires', '30d', '--rate-limit', '600'];
  const made = JSON.parse((await keys('create', 'web shop', ...options, ...at)).stdout);
  expect(made).toMatchObject({ name: 'web shop', scope: 'read', gallery: 'shop', ratePerMinute: 600 });
  const days = (Date.parse(made.expiresAt) - Date.parse(made.createdAt)) / (24 * 60 * 60 * 1000);
  expect(Math.round(days)).toBe(30);
  const ring = await openKeyRing(keyFileIn(folder));
  expect(await ring.find(made.secret)).toMatchObject({ id: made.id, gallery: 'shop' });

  const listed = (await keys('list', ...at)).stdout;
  expect(JSON.parse(listed)).toMatchObject({ keys: [{ id: made.id, name: 'web shop' }] });
  expect(listed).not.toContain('hash');
  expect(listed).not.toContain(made.secret);

  expect(await keys('revoke', 'ffffffff', ...at)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no key ffffffff'),
  });
  expect((await keys('revoke', made.id, ...at)).code).toBe(0);
  expect(await (await openKeyRing(keyFileIn(folder))).find(made.secret)).toBeUndefined();
}, 60_000);

test('keys cannot be made where there are no galleries, and have no other scopes', async () => {
  const nowhere = await keys('create', 'x', '--index-data', '/nonexistent');
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no folder /nonexistent') });
  const root = await keys('create', 'x', '--scope', 'root');
  expect(root.stderr).toMatch(/read, write, admin/);
}, 60_000);
