import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { colourPng, graphPath, tinyBundle } from '../../retrieval/model/bundle.test-helper.ts';
import { writeBundle } from '../../retrieval/model/write-bundle.ts';
import { bearer, testKeys } from '../access/keys.test-helper.ts';
import {
  COLOURS,
  postImage,
  type Served,
  type ServeOptions,
  sendJson,
  serve,
} from '../served.test-helper.ts';

type JobView = {
  id: string;
  kind: string;
  state: string;
  progress: { done: number; total: number } | null;
  result: Record<string, unknown> | null;
  error: { code: string; message: string } | null;
  endedAt: string | null;
};

let photos: string;
let served: Served;
beforeEach(async () => {
  photos = await mkdtemp(join(tmpdir(), 'sinter-photos-'));
});
afterEach(async () => {
  await served.close();
  await rm(photos, { recursive: true });
});

async function open(options: ServeOptions = {}): Promise<void> {
  served = await serve({ ...options, parts: { indexRoots: [photos], ...options.parts } });
}

async function takePhotos(folder: string, count: number): Promise<void> {
  await mkdir(join(photos, folder), { recursive: true });
  for (let i = 0; i < count; i++)
    await writeFile(join(photos, folder, `${i}.png`), await colourPng(i, 255 - i, 128));
}

const startJob = (body: unknown, headers: Record<string, string> = {}) =>
  sendJson('POST', `${served.url}/v1/galleries/colours/jobs`, body, headers);
const jobAt = async (path: string, method = 'GET') =>
  (await (await fetch(served.url + path, { method })).json()) as JobView;

async function started(body: unknown): Promise<string> {
  const response = await startJob(body);
  expect(response.status, await response.clone().text()).toBe(202);
  return response.headers.get('location') as string;
}

async function ended(path: string): Promise<JobView> {
  await expect.poll(async () => (await jobAt(path)).endedAt, { timeout: 50_000 }).not.toBeNull();
  return jobAt(path);
}

test('a folder is indexed in the background: 202, progress, and a report that names failed files', async () => {
  await open();
  await takePhotos('cups', 5);
  await writeFile(join(photos, 'cups', 'broken.png'), 'no image');
  const job = await ended(await started({ kind: 'index', folder: '.' }));
  expect(job).toMatchObject({ kind: 'index', state: 'done', progress: { done: 6, total: 6 }, error: null });
  expect(job.result).toMatchObject({ added: 5, failed: 1, outside: 0 });
  expect(job.result?.failedFiles).toMatchObject([{ path: 'cups/broken.png' }]);
  expect(JSON.stringify(job)).not.toContain(photos);
  expect(served.gallery.item('cups/0.png' as never)).toMatchObject({ label: 'cups' });
});

test('nothing outside of the folders that the operator allows is indexed, links or not', async () => {
  await open();
  await takePhotos('cups', 2);
  await symlink(join(served.folder, 'images'), join(photos, 'cups', 'escape'));
  await symlink(join(served.folder, 'images'), join(photos, 'elsewhere'));
  const refused = async (folder: string) => {
    const response = await startJob({ kind: 'index', folder });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  for (const folder of [
    '..',
    '../../etc',
    '/etc',
    'elsewhere',
    join(served.folder, 'images'),
    'nowhere',
    ' ',
  ])
    expect(await refused(folder), folder).toEqual([404, 'not-found']);
  const job = await ended(await started({ kind: 'index', folder: 'cups' }));
  expect(job.result).toMatchObject({ added: 2, outside: Object.keys(COLOURS).length });
});

test('a server without such folders indexes none', async () => {
  await open({ parts: { indexRoots: [] } });
  const response = await startJob({ kind: 'index', folder: '/' });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('--index-root')]);
});

test('a gallery changes its model while it is searched, at once, and back again', async () => {
  await open();
  const { card } = await tinyBundle();
  const other = { ...(await tinyBundle(graphPath('slow'))), card: { ...card, name: 'other' } };
  await writeBundle(join(served.folder, 'models', 'other'), other, { workers: 1 });
  const png = await colourPng(250, 10, 10);
  const models = new Set<string>();
  const search = async () => {
    const response = await postImage(served.url, png);
    expect(response.status).toBe(200);
    const { model, results } = (await response.json()) as { model: { name: string }; results: unknown[] };
    expect(results).toHaveLength(Object.keys(COLOURS).length);
    models.add(model.name);
  };
  const there = await started({ kind: 're-embed', model: 'other' });
  while (!(await jobAt(there)).endedAt) await search();
  await search();
  expect(await jobAt(there)).toMatchObject({ state: 'done', result: { embedded: 9, active: true } });
  expect([...models]).toEqual(['tiny', 'other']);

  const back = await ended(await started({ kind: 're-embed', model: 'tiny' }));
  expect(back).toMatchObject({ state: 'done', result: { embedded: 0, active: true } });
  models.clear();
  await search();
  expect([...models]).toEqual(['tiny']);
});

test('a model is not switched to while an image cannot be embedded, and the job says which', async () => {
  await open();
  const { card } = await tinyBundle();
  const other = { ...(await tinyBundle(graphPath('fragile'))), card: { ...card, name: 'other' } };
  await writeBundle(join(served.folder, 'models', 'other'), other, { workers: 1 });
  await rm(join(served.folder, 'images', 'red', '2.png'));
  await writeFile(join(served.folder, 'images', 'red', '3.png'), await colourPng(1, 1, 1));
  const job = await ended(await started({ kind: 're-embed', model: 'other' }));
  expect(job).toMatchObject({ state: 'failed', error: { code: 'bad-image' } });
  expect(job.error?.message).toMatch(/^2 items .*red\/2\.png.*red\/3\.png.*has changed/);
  expect(served.gallery.model.name).toBe('tiny');
});

test('jobs of a gallery come one after the other, and can be cancelled while they wait or run', async () => {
  await open({ graph: 'slow' });
  await takePhotos('many', 200);
  const first = await started({ kind: 'index', folder: 'many' });
  const second = await started({ kind: 'index', folder: 'many' });
  const third = await started({ kind: 'index', folder: 'many' });
  await expect.poll(async () => (await jobAt(first)).state).toBe('running');
  expect((await jobAt(second)).state).toBe('queued');
  expect(await jobAt(second, 'DELETE')).toMatchObject({ state: 'cancelled' });
  expect(await jobAt(first, 'DELETE')).toMatchObject({ state: 'cancelled' });
  await expect.poll(async () => (await jobAt(third)).state).toBe('running');
  const { jobs } = (await (await fetch(`${served.url}/v1/jobs`)).json()) as { jobs: JobView[] };
  expect(jobs.map(({ state }) => state)).toEqual(['running', 'cancelled', 'cancelled']);
  expect(await jobAt(third, 'DELETE')).toMatchObject({ state: 'cancelled' });
  expect((await jobAt(second)).state).toBe('cancelled');
});

test('a server that closes in the middle of a job leaves it to the next one', async () => {
  await open({ graph: 'slow' });
  await takePhotos('many', 300);
  const job = await started({ kind: 'index', folder: 'many' });
  await expect.poll(async () => (await jobAt(job)).state).toBe('running');
  const { gallery } = served;
  const [before] = gallery.jobs.list();
  await served.listening.close();
  expect(before?.state).toBe('running');
  const reopened = await openGallery({ folder: served.folder, name: 'colours' });
  expect(reopened.jobs.list()).toMatchObject([{ id: before?.id, state: 'queued', progress: { starts: 0 } }]);
  await reopened.close();
});

test('what no job can be made of is refused, and jobs are for admins to start', async () => {
  const { access, secrets, remove } = await testKeys({
    read: { scope: 'read' },
    admin: { scope: 'admin', gallery: 'colours' },
    elsewhere: { scope: 'admin', gallery: 'elsewhere' },
  });
  const { read, admin, elsewhere } = secrets;
  await open({ parts: { access } });
  await takePhotos('cups', 1);
  const body = { kind: 'index', folder: 'cups' };
  const statusOf = async (key: string, given: unknown) => (await startJob(given, bearer(key))).status;
  expect(await statusOf(read, body)).toBe(403);
  expect(await statusOf(elsewhere, body)).toBe(403);
  expect(await statusOf(admin, { kind: 'rule-the-world' })).toBe(400);
  expect(await statusOf(admin, { kind: 'index' })).toBe(400);
  expect(await statusOf(admin, { ...body, extra: 1 })).toBe(400);
  expect(await statusOf(admin, { kind: 're-embed', model: 'nothing' })).toBe(404);
  const location = (await startJob(body, bearer(admin))).headers.get('location') as string;
  const look = (key: string) => fetch(served.url + location, { headers: bearer(key) });
  expect((await look(read)).status).toBe(200);
  expect((await look(elsewhere)).status).toBe(403);
  expect((await fetch(`${served.url}/v1/jobs/nothing`, { headers: bearer(read) })).status).toBe(404);
  await remove();
});
