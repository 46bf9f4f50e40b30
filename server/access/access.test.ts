import { type IncomingMessage, request } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../listen.ts';
import { type Served, sendJson, serve } from '../served.test-helper.ts';
import type { Anonymous } from './exposure.ts';
import { openKeyRing } from './key-ring.ts';
import { bearer, type TestKeys, testKeys } from './keys.test-helper.ts';

let keys: TestKeys<'reader' | 'over' | 'valid'>;
let open: Served;
let locked: Served;
let readOnly: Served;
let reader: string;
beforeAll(async () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  keys = await testKeys({
    reader: { scope: 'read' },
    over: { scope: 'read', expiresAt: at(-1) },
    valid: { scope: 'read', expiresAt: at(3_600_000) },
  });
  reader = keys.secrets.reader;
  open = await serve();
  locked = await serveWith();
  readOnly = await serveWith('read');
});
afterAll(async () => {
  await Promise.all([open, locked, readOnly].map((served) => served.close()));
  await keys.remove();
});

async function serveWith(anonymous?: Anonymous): Promise<Served> {
  return serve({ parts: { access: { ...keys.access, anonymous } } });
}

const search = (url: string, headers: Record<string, string> = {}) =>
  sendJson('POST', `${url}/v1/search`, { id: 'red/1.png' }, headers);

/** `fetch` sets Host itself. */
const statusUnder = (url: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${url}/v1/galleries`, { headers: { Host: host } }, (response: IncomingMessage) =>
      resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });

test('without keys on loopback, anyone may search; with keys, only who has one', async () => {
  expect((await search(open.url)).status).toBe(200);
  expect((await search(open.url, bearer('any key at all'))).status).toBe(200);
  const refused = await search(locked.url);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await refused.json()).toMatchObject({ error: { code: 'unauthorized' } });
  expect((await search(locked.url, bearer(reader))).status).toBe(200);
  expect((await search(locked.url, bearer(`${reader}x`))).status).toBe(401);
  expect((await search(locked.url, { Authorization: `Basic ${reader}` })).status).toBe(401);
});

test('a key opens nothing from the moment on at which it expires', async () => {
  const { over, valid } = keys.secrets;
  const refused = await search(locked.url, bearer(over));
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringMatching(/expired at 20/) } });
  expect((await search(locked.url, bearer(valid))).status).toBe(200);
  const begun = (key: string) => sendJson('PUT', `${locked.url}/v1/session`, { key });
  expect([(await begun(over)).status, (await begun(valid)).status]).toEqual([401, 200]);
});

test('with keys, nothing of a gallery can be had without one, in whatever case its address is written', async () => {
  for (const path of [
    '/v1/galleries',
    '/V1/Galleries/colours',
    '/v1/galleries/colours/items/red%2F1.png',
    '/v1/nothing',
  ]) {
    expect((await fetch(`${locked.url}${path}`)).status).toBe(401);
    expect((await fetch(`${locked.url}${path}`, { method: 'HEAD' })).status).toBe(401);
  }
  for (const path of ['/', '/mark.svg', '/docs', '/livez', '/readyz'])
    expect((await fetch(`${locked.url}${path}`)).status).toBe(200);
});

test('what may be done without a key is what the operator said, even where there are keys', async () => {
  expect((await search(readOnly.url)).status).toBe(200);
  expect((await search(readOnly.url, bearer('sinter_unknown'))).status).toBe(401);
});

test('the page keeps its key in a cookie that scripts cannot read, and can forget it', async () => {
  const session = `${locked.url}/v1/session`;
  const put = (key: string) => sendJson('PUT', session, { key });
  expect((await put('sinter_wrong')).status).toBe(401);
  const kept = await put(reader);
  const grant = { scope: 'read', gallery: null, key: { name: 'reader', expiresAt: null } };
  expect(await kept.json()).toEqual(grant);
  const [cookie = ''] = kept.headers.getSetCookie();
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  const headers = { Cookie: cookie.split(';')[0] as string };
  expect((await fetch(`${locked.url}/v1/galleries`, { headers })).status).toBe(200);
  expect(await (await fetch(session, { headers })).json()).toEqual(grant);
  const gone = await fetch(session, { method: 'DELETE', headers });
  expect(gone.headers.getSetCookie()[0]).toMatch(/sinter-key=;.*Expires=Thu, 01 Jan 1970/);
  expect((await fetch(session)).status).toBe(401);
});

test("another site's page can change nothing by way of its visitor's browser", async () => {
  const from = (origin: string) => search(open.url, { Origin: origin }).then(({ status }) => status);
  expect(await from('https://evil.example')).toBe(403);
  expect(await from('http://127.0.0.1:1')).toBe(403);
  expect(await from('null')).toBe(403);
  expect(await from(open.url)).toBe(200);
  const withKey = await search(locked.url, { ...bearer(reader), Origin: 'https://shop.example' });
  expect(withKey.status).toBe(200);
});

test('a server on loopback answers to no name that somebody else may own', async () => {
  const { port } = new URL(open.url);
  expect(await statusUnder(open.url, `127.0.0.1:${port}`)).toBe(200);
  expect(await statusUnder(open.url, `localhost:${port}`)).toBe(200);
  expect(await statusUnder(open.url, `[::1]:${port}`)).toBe(200);
  expect(await statusUnder(open.url, `evil.example:${port}`)).toBe(403);
  expect(await statusUnder(open.url, '127.0.0.1.evil.example')).toBe(403);
  const proxied = await serve({
    listen: {},
    parts: { origins: { allowedHosts: ['Shop.example'] } },
  });
  expect(await statusUnder(proxied.url, 'shop.example')).toBe(200);
  await proxied.close();
});

test('a server that other machines could reach does not start before somebody said who may use it', async () => {
  const { parts } = open;
  const anywhere = { host: '0.0.0.0', port: 0 };
  await expect(listen(parts, anywhere)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('sinter keys create'),
  });
  const empty = await openKeyRing(join(dirname(keys.path), 'no', '.keys.json'));
  await expect(listen({ ...parts, access: { keys: empty } }, anywhere)).rejects.toThrow(/--anonymous/);
  const { access } = keys;
  const withKeys = await serve({ listen: anywhere, parts: { access } });
  const said = await serve({ listen: anywhere, parts: { access: { keys: empty, anonymous: 'read' } } });
  const at = ({ url }: Served) => url.replace('0.0.0.0', '127.0.0.1');
  expect((await search(at(withKeys))).status).toBe(401);
  expect((await search(at(said))).status).toBe(200);
  await Promise.all([withKeys.close(), said.close()]);
});
