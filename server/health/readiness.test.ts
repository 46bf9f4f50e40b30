import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Galleries } from '../galleries/galleries.ts';
import { type Served, serve } from '../served.test-helper.ts';
import { createReadiness } from './readiness.ts';

const never = new AbortController().signal;

function readinessOf({ parts }: Served) {
  let atMs = 0;
  const requireReady = createReadiness({ ...parts, closing: never, now: () => atMs });
  const after = (ms: number) => {
    atMs += ms;
    return requireReady();
  };
  return { after };
}

test('to be ready a server really embeds, and however often it is asked, only every few seconds', async () => {
  const served = await serve();
  const { after } = readinessOf(served);
  let embedded = 0;
  served.model.observe(() => embedded++);
  await after(0);
  await Promise.all(Array.from({ length: 50 }, () => after(10)));
  expect(embedded).toBe(1);
  await after(5000);
  await expect.poll(() => embedded).toBe(2);
  await served.close();
});

test('a server whose model fails is not ready, names the gallery and no path, and lives on', async () => {
  const served = await serve();
  const { after } = readinessOf(served);
  await after(0);
  await served.model.close();
  await after(1000); // what was found just now still counts
  await after(5000).catch(() => {});
  await expect
    .poll(() => after(0).catch((error: Error) => error))
    .toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('colours'),
    });
  const answer = await fetch(`${served.url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain(served.folder);
  expect((await fetch(`${served.url}/livez`)).status).toBe(200);
  await served.close();
});

test('a server that shuts down is not ready, however well it embeds', async () => {
  const served = await serve();
  const requireReady = createReadiness({ ...served.parts, closing: AbortSignal.abort() });
  await expect(requireReady()).rejects.toMatchObject({ code: 'interrupted' });
  await served.close();
});

test('a gallery that cannot be opened takes the others down with it only when there are no others', async () => {
  const served = await serve();
  await mkdir(join(served.folder, 'broken'));
  await writeFile(join(served.folder, 'broken', 'gallery.db'), 'no database');
  await readinessOf(served).after(0);
  expect((await fetch(`${served.url}/v1/jobs`)).status).toBe(200);
  const { models, log } = served.parts;
  const only = new Galleries({ folder: served.folder, models, only: ['broken'] });
  const requireReady = createReadiness({ galleries: only, log, closing: never });
  await expect(requireReady()).rejects.toMatchObject({ code: 'not-ready' });
  await served.close();
});
