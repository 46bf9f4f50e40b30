import { request } from 'node:http';
import { afterAll, expect, test, vi } from 'vitest';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { bearer, testKeys } from '../access/keys.test-helper.ts';
import { DEFAULT_LIMITS, type Limits } from '../parts.ts';
import {
  postImage,
  postJson,
  type Served,
  type ServeOptions,
  serve,
  storeItem,
} from '../served.test-helper.ts';

const opened: Served[] = [];
afterAll(() => Promise.all(opened.map((served) => served.close())));

async function serveLimited(limits: Partial<Limits>, options: ServeOptions = {}): Promise<Served> {
  const served = await serve({ ...options, parts: { ...options.parts, limits } });
  opened.push(served);
  return served;
}

const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code;

test('each key has so many requests a minute, and is told when to come again', async () => {
  const { access, secrets, remove } = await testKeys({
    first: { scope: 'read' },
    second: { scope: 'read' },
    slow: { scope: 'read', ratePerMinute: 1 },
    free: { scope: 'read', ratePerMinute: 0 },
  });
  const { url } = await serveLimited({ ratePerMinute: 2 }, { parts: { access } });
  const ask = (secret: string) => fetch(`${url}/v1/galleries`, { headers: bearer(secret) });
  expect((await ask(secrets.first)).status).toBe(200);
  expect((await ask(secrets.first)).status).toBe(200);
  const refused = await ask(secrets.first);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(await codeOf(refused)).toBe('rate-limited');
  expect((await ask(secrets.second)).status).toBe(200);
  const statuses = async (secret: string) => [
    (await ask(secret)).status,
    (await ask(secret)).status,
    (await ask(secret)).status,
  ];
  expect(await statuses(secrets.slow)).toEqual([200, 429, 429]);
  expect(await statuses(secrets.free)).toEqual([200, 200, 200]);
  await remove();
});

test('what is more than the server takes on at once is refused unread, while it lives and is ready', async () => {
  const admission = { requests: 2, bytes: DEFAULT_LIMITS.admission.bytes };
  const { url } = await serveLimited({ admission }, { graph: 'slow', embedder: { maxBatch: 1 } });
  const png = await colourPng(1, 2, 3);
  const searches = Promise.all(Array.from({ length: 8 }, () => postImage(url, png)));
  for (const path of ['/livez', '/readyz']) expect((await fetch(url + path)).status).toBe(200);
  const responses = await searches;
  const refused = responses.filter(({ status }) => status === 429);
  expect(responses.length - refused.length).toBeGreaterThanOrEqual(2);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await codeOf(refused[0] as Response)).toBe('queue-full');
  expect((await postImage(url, png)).status).toBe(200);
});

test('bodies together are limited in bytes too, and one alone may have more', async () => {
  const { url } = await serveLimited({ admission: { requests: 100, bytes: 10 } }, { graph: 'slow' });
  const png = await colourPng(1, 2, 3);
  expect((await postImage(url, png)).status).toBe(200);
  const statuses = await Promise.all(
    Array.from({ length: 3 }, async () => (await postImage(url, png)).status),
  );
  expect(statuses.sort()).toEqual([200, 429, 429]);
});

test('a search that takes too long is answered 503, and what is queued for it is dropped', async () => {
  const served = await serveLimited(
    { timeoutMs: 300 },
    { graph: 'slow', embedder: { workers: 1, maxBatch: 1 } },
  );
  const png = await colourPng(1, 2, 3);
  const responses = await Promise.all(Array.from({ length: 200 }, () => postImage(served.url, png)));
  const late = responses.filter(({ status }) => status === 503);
  expect(late.length).toBeGreaterThan(0);
  expect(await codeOf(late[0] as Response)).toBe('timeout');
  await vi.waitFor(() => expect(served.model.load()).toEqual({ waiting: 0, running: 0 }));
  expect((await postImage(served.url, png)).status).toBe(200);
});

test('every answer has the headers that keep browsers careful, and other sites may read none', async () => {
  const { url } = await serveLimited({});
  for (const path of ['/livez', '/v1/galleries', '/nowhere', '/']) {
    const { headers } = await fetch(url + path, { headers: { Origin: 'https://shop.example' } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  }
  const { headers } = await fetch(`${url}/v1/galleries`);
  expect(headers.get('cache-control')).toBe('private, no-cache');
});

test('a site that the operator names may use the server from its pages, another may not', async () => {
  const origins = { host: '127.0.0.1', corsOrigins: ['https://shop.example'] };
  const { url } = await serveLimited({}, { parts: { origins } });
  const ask = (origin: string) => fetch(`${url}/v1/galleries`, { headers: { Origin: origin } });
  const allowed = (response: Response) => response.headers.get('access-control-allow-origin');
  expect(allowed(await ask('https://shop.example'))).toBe('https://shop.example');
  expect(allowed(await ask('https://evil.example'))).toBeNull();
  const preflight = await fetch(`${url}/v1/search`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' },
  });
  expect([preflight.status, allowed(preflight)]).toEqual([204, 'https://shop.example']);
});

test('no path leads out of the galleries', async () => {
  const { url } = await serveLimited({});
  const escapes = [
    '/v1/galleries/..%2Fmodels',
    '/v1/galleries/%2e%2e',
    '/v1/galleries/../../etc/passwd',
    '/v1/galleries/colours/items/..%2F..%2Fgallery.db/image',
    '/v1/galleries/colours/items/%2Fetc%2Fpasswd/image',
    '/v1/galleries/colours%00/items/x',
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
  ];
  for (const path of escapes) {
    const { status, text } = await rawGet(url, path);
    expect([400, 403, 404], path).toContain(status);
    expect(text).not.toMatch(/root:|"version"/);
  }
  expect((await postJson(url, { id: '../../../etc/passwd' })).status).toBe(404);
});

/** The path as it is: `fetch` would resolve the dots. */
function rawGet(url: string, path: string): Promise<{ status: number | undefined; text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    asked.on('error', reject).end();
  });
}

test('SVG is neither taken nor shown unless the operator enables it', async () => {
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8H0z"/></svg>',
  );
  const embed = async ({ folder, gallery, url }: Served) => {
    const item = await storeItem(folder, 'drawn/a.svg', svg, Float32Array.of(1, 0, 0, 0));
    await gallery.put([item]);
    const at = `${url}/v1/galleries/colours/items/${encodeURIComponent(item.id)}`;
    const asked = [postImage(url, svg), fetch(`${at}/image`), fetch(`${at}/thumbnail`)];
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  expect(await embed(await serveLimited({}))).toEqual([415, 415, 415]);
  const enabled = await serveLimited({ allowSvg: true }, { embedder: { limits: { allowSvg: true } } });
  expect(await embed(enabled)).toEqual([200, 200, 200]);
});

test('an image of more pixels than the operator allows is refused by its header', async () => {
  const { url } = await serveLimited({}, { embedder: { limits: { maxPixels: 48 * 48 } } });
  expect((await postImage(url, await colourPng(1, 2, 3, 48))).status).toBe(200);
  const refused = await postImage(url, await colourPng(1, 2, 3, 49));
  expect([refused.status, await codeOf(refused)]).toEqual([422, 'bad-image']);
});
