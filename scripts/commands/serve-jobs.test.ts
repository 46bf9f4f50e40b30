import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { colourPng, graphPath, tinyBundle } from '../../retrieval/model/bundle.test-helper.ts';
import { writeBundle } from '../../retrieval/model/write-bundle.ts';
import { removeTemporaryFolders, start, temporaryFolder } from '../sinter.test-helper.ts';

type Job = { id: string; state: string; progress: { done: number } | null; result: { added: number } };

const PHOTOS = 160;
/** Some seconds of work for the slow model. */
const MANY_PHOTOS = 800;

afterAll(removeTemporaryFolders);

/** An empty gallery of a slow model, and photos to be indexed into it. */
async function makePlace(photos = PHOTOS): Promise<string> {
  const folder = await temporaryFolder();
  const bundle = join(folder, 'models', 'slow');
  const { graphSha256: id, dim } = await writeBundle(bundle, await tinyBundle(graphPath('slow')));
  const model = { id, dim, folder: bundle };
  const gallery = await openGallery({
    folder: join(folder, 'index-data'),
    name: 'shop',
    model,
    create: true,
  });
  await gallery.close();
  await mkdir(join(folder, 'photos'));
  for (let i = 0; i < photos; i++)
    await writeFile(join(folder, 'photos', `${i}.png`), await colourPng(i % 256, 255 - (i % 256), i >> 8));
  return folder;
}

/** A server of its own process, from the sources. */
async function serve(folder: string, ...options: string[]) {
  const at = ['--index-data', join(folder, 'index-data'), '--models', join(folder, 'models')];
  const roots = ['--index-root', join(folder, 'photos')];
  const command = ['--import', 'tsx', 'scripts/sinter.ts', 'serve', '--port', '0', '--device', 'cpu'];
  const running = start(process.cwd(), [
    ...command,
    '--workers',
    '1',
    '--threads',
    '1',
    ...at,
    ...roots,
    ...options,
  ]);
  const [, url = ''] = /Served at (http:\S+?):? /.exec(await running.until(/Served at \S+ /)) ?? [];
  return { ...running, url };
}

const jobOf = async (url: string, id: string, method = 'GET') =>
  (await (await fetch(`${url}/v1/jobs/${id}`, { method })).json()) as Job;

async function startJob(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/galleries/shop/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ kind: 'index', folder: '.' }),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as Job).id;
}

test('a job goes on after its server was killed, and after it was told to stop, to its end', async () => {
  const folder = await makePlace();
  const killed = await serve(folder);
  const id = await startJob(killed.url);
  const hasDone = (url: string, count: number) => async () =>
    ((await jobOf(url, id)).progress?.done ?? 0) >= count;
  await killed.when(hasDone(killed.url, 1));
  killed.child.kill('SIGKILL');
  await killed.ended;

  const stopped = await serve(folder);
  await stopped.when(async () => (await jobOf(stopped.url, id)).state === 'running');
  stopped.child.kill('SIGTERM');
  expect(await stopped.ended).toMatchObject({ code: 0 });

  const last = await serve(folder);
  await last.when(async () => (await jobOf(last.url, id)).state === 'done');
  const shown = (await (await fetch(`${last.url}/v1/galleries/shop`)).json()) as { size: number };
  expect(shown.size).toBe(PHOTOS);
  last.child.kill('SIGTERM');
  await last.ended;
}, 120_000);

test('of two servers of a gallery one works on its jobs, and the other shows them, cancels them and takes over', async () => {
  const folder = await makePlace(MANY_PHOTOS);
  const [first, second] = [await serve(folder), await serve(folder)];
  const isRunning = (id: string) => async () => (await jobOf(second.url, id)).state === 'running';
  const cancelled = await startJob(first.url);
  await first.when(isRunning(cancelled));
  expect(await jobOf(second.url, cancelled, 'DELETE')).toMatchObject({ state: 'cancelled' });
  await first.until(/"state":"cancelled"/);
  expect(await jobOf(first.url, cancelled)).toMatchObject({ state: 'cancelled' });

  const cutOff = await startJob(first.url);
  await first.when(isRunning(cutOff));
  const waiting = await startJob(first.url);
  await first.when(async () => ((await jobOf(second.url, cutOff)).progress?.done ?? 0) >= 1);
  expect(await jobOf(first.url, waiting)).toMatchObject({ state: 'queued' });
  expect(await second.until(/Served at/)).not.toContain('a job begins');
  first.child.kill('SIGKILL');
  await second.when(async () => (await jobOf(second.url, waiting)).state === 'done');
  second.child.kill('SIGTERM');
  const begun = ({ stderr }: { stderr: string }) =>
    [...stderr.matchAll(/"job":"([^"]+)".*"starts":(\d).*a job begins/g)].map(([, id, starts]) => [
      id,
      Number(starts),
    ]);
  expect(begun(await first.ended)).toEqual([
    [cancelled, 1],
    [cutOff, 1],
  ]);
  expect(begun(await second.ended)).toEqual([
    [cutOff, 2],
    [waiting, 1],
  ]);
}, 120_000);

test('a server that is told to stop still answers while it drains, and says that it is not ready', async () => {
  const folder = await makePlace();
  const { url, child, ended, when } = await serve(folder, '--drain', '3');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  await when(async () => (await fetch(`${url}/readyz`)).status === 503);
  expect((await fetch(`${url}/v1/galleries`)).status).toBe(200);
  expect((await ended).code).toBe(0);
}, 120_000);

test('what would leave a server unprotected is refused before it listens', async () => {
  const folder = await makePlace();
  const refusal = async (...options: string[]) =>
    serve(folder, ...options).then(
      () => 'it listens',
      (error: Error) => error.message,
    );
  expect(await refusal('--host', '0.0.0.0')).toMatch(/sinter keys create/);
  expect(await refusal('--cors-origin', '*')).toMatch(/origin such as/);
  expect(await refusal('--index-root', '/nonexistent')).toMatch(/no folder \/nonexistent/);
}, 120_000);
