/**
 * The web page: its files, which the browser gets as they are, and the packages that they import. Nothing is built: the
 * import map of `index.html` says under which address a package is, and the files of these packages are served there.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';
import { inPackage } from './package-folder.ts';

export function pageFiles(): RequestHandler[] {
  const document = inPackage('server', 'page', 'index.html');
  const importMap = importMapOf(readFileSync(document, 'utf8'));
  const setHeaders = headersFor(pagePolicy(importMap));
  const packages = new Map(Object.entries(importsOf(importMap)).map(([name, at]) => [at, moduleFile(name)]));
  // Every view of the page has an address of its own, and gets the same document.
  const fileAt = (path: string) => (path === '/' || path.startsWith('/g/') ? document : packages.get(path));
  const folder = inPackage('server', 'page');
  return [
    sendFiles(fileAt, setHeaders),
    express.static(folder, { redirect: false, index: false, setHeaders }),
  ];
}

function moduleFile(name: string): string {
  return fileURLToPath(import.meta.resolve(name));
}

/** The text between the tags: what a browser compares with the hash in the policy. */
function importMapOf(html: string): string {
  const [, map] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html) ?? [];
  if (map === undefined) throw new Error('Expected an import map in the page. This is a bug.');
  return map;
}

function importsOf(importMap: string): Record<string, string> {
  return (JSON.parse(importMap) as { imports: Record<string, string> }).imports;
}

/** Scripts come from this server alone; the import map must stand in the document, so its hash is let through. */
function pagePolicy(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** The files keep their names from one version to the next, so browsers must ask whether they have changed. */
function headersFor(policy: string): (response: ServerResponse) => void {
  return (response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('Content-Security-Policy', policy);
  };
}

function sendFiles(
  fileAt: (path: string) => string | undefined,
  setHeaders: (response: ServerResponse) => void,
): RequestHandler {
  return (request, response, next) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? fileAt(request.path) : undefined;
    if (file === undefined) return next();
    setHeaders(response);
    // Some package managers keep modules in folders that begin with a dot.
    response.sendFile(file, { dotfiles: 'allow', cacheControl: false }, (error) => error && next(error));
  };
}
