import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { colourPng, writeTinyBundle } from '../../retrieval/model/bundle.test-helper.ts';
import { type Running, removeTemporaryFolders, start, temporaryFolder } from '../sinter.test-helper.ts';

afterAll(removeTemporaryFolders);

/** From the sources: what is compiled is another test's. */
async function serve(folder: string): Promise<{ url: string; running: Running }> {
  const place = [
    '--models',
    join(folder, 'models'),
    '--index-data',
    join(folder, 'index-data'),
    '--port',
    '0',
  ];
  const args = ['--import', 'tsx', 'scripts/sinter.ts', 'serve', ...place, '--json'];
  const running = start(process.cwd(), args);
  const said = await running.until(/"url":"http[^"]+"/);
  return { url: /"url":"(http[^"]+)"/.exec(said)?.[1] as string, running };
}

test('what a server acknowledged is there after it was killed, made in a folder where nothing was', async () => {
  const folder = await temporaryFolder();
  await writeTinyBundle(join(folder, 'models', 'tiny'));
  const first = await serve(folder);
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ name: 'colours', model: 'tiny' });
  expect((await fetch(`${first.url}/v1/galleries`, { method: 'POST', headers, body })).status).toBe(201);
  for (const [id, blue] of Object.entries({ navy: 120, sky: 250 })) {
    const form = new FormData();
    form.set('image', new File([new Uint8Array(await colourPng(10, 20, blue))], 'image.png'));
    const init = { method: 'PUT', body: form };
    expect((await fetch(`${first.url}/v1/galleries/colours/items/${id}`, init)).status).toBe(200);
  }
  first.running.child.kill('SIGKILL');
  await first.running.ended;

  const second = await serve(folder);
  const search = { method: 'POST', headers, body: JSON.stringify({ id: 'navy' }) };
  const answer = await (await fetch(`${second.url}/v1/search`, search)).json();
  expect(answer).toMatchObject({ results: [{ id: 'sky' }], gallery: { name: 'colours', size: 2 } });
  const image = await fetch(`${second.url}/v1/galleries/colours/items/navy/image`);
  expect(Buffer.from(await image.arrayBuffer())).toEqual(Buffer.from(await colourPng(10, 20, 120)));
  second.running.child.kill('SIGINT');
  expect((await second.running.ended).code).toBe(0);
}, 120_000);
