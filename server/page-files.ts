/** The web page: its files, which the browser gets as they are. Nothing is built. */
import type { ServerResponse } from 'node:http';
import express, { type RequestHandler } from 'express';
import { inPackage } from './package-folder.ts';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

export function pageFiles(): RequestHandler {
  return express.static(inPackage('server', 'page'), { redirect: false, setHeaders: setPageHeaders });
}

/** The files keep their names from one version to the next, so browsers must ask whether they have changed. */
function setPageHeaders(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
}
