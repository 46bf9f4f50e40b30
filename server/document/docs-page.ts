/** /docs: Swagger UI over the server's own document. All of it comes from here, so that it works without a network. */
import { createRequire } from 'node:module';
import type { RequestHandler } from 'express';

const { resolve } = createRequire(import.meta.url);

const HTML = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light">
  <title>Sinter · API</title>
  <link rel="icon" href="/mark.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <div id="docs"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

/** Swagger UI writes styles into its elements and has pictures in its style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

type Page = { type: string; text: string } | { file: string };

const PAGES: Readonly<Record<string, Page>> = {
  '/docs': { type: 'html', text: HTML },
  '/docs/start.js': { type: 'js', text: START },
  '/docs/swagger-ui.css': { file: resolve('swagger-ui-dist/swagger-ui.css') },
  '/docs/swagger-ui-bundle.js': { file: resolve('swagger-ui-dist/swagger-ui-bundle.js') },
};

export function docsPage(): RequestHandler {
  return (request, response, next) => {
    const page = Object.hasOwn(PAGES, request.path) ? PAGES[request.path] : undefined;
    if (!page || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    if ('file' in page) return response.sendFile(page.file, { cacheControl: false });
    response.type(page.type).send(page.text);
  };
}
