/** What every answer tells browsers: load nothing, guess nothing, show it in no frame; and which other sites may read it. */
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers that pages of other sites may see, beside those that they always may. */
const EXPOSED = ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'Location', 'ETag'];
const ALLOWED = ['Authorization', 'Content-Type', 'X-Request-Id', 'If-Match', 'If-None-Match'];

/** The page and the images set policies of their own on top. `corsOrigins` such as https://shop.example; none: CORS is off. */
export function securityHeaders(corsOrigins: readonly string[] = []): RequestHandler[] {
  const isShared = corsOrigins.length > 0;
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: isShared ? 'cross-origin' : 'same-origin' },
    // Promised by whoever does TLS, for all that it serves under the name.
    strictTransportSecurity: false,
  });
  if (!isShared) return [headers];
  const options = { origin: [...corsOrigins], allowedHeaders: ALLOWED, exposedHeaders: EXPOSED, maxAge: 600 };
  return [headers, cors(options)];
}
