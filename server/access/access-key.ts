/**
 * API keys: what one may do, how it is made, and how a secret that comes with a request is found among them.
 * Knows neither files nor requests.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Filter, filterSchema } from '../../retrieval/gallery/filter.ts';

/** Each allows what stands before it too: searching and looking; changing items; galleries, models and jobs. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What whoever holds the key may do. */
export type Grant = {
  scope: Scope;
  /** The one gallery that it is for; absent: all of them. */
  gallery?: string | undefined;
  /** The items that there are for it; absent: all. */
  filter?: Filter | undefined;
  /** Requests a minute, in place of the server's number; 0: no limit. */
  ratePerMinute?: number | undefined;
};

export type AccessKey = Grant & {
  /** Names the key in lists and logs; no secret. */
  id: string;
  /** For people: who or what has the key. */
  name: string;
  /** sha256 of the secret, hex: the secret itself is kept nowhere. */
  hash: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC: from then on it opens nothing. Absent: it lasts until it is revoked. */
  expiresAt?: string | undefined;
};

/** What is said of a key when it is made. */
export type KeyOptions = Grant & Pick<AccessKey, 'expiresAt'>;

export const accessKeySchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  name: z.string().min(1),
  scope: z.enum(SCOPES),
  gallery: z.string().optional(),
  filter: filterSchema.optional(),
  ratePerMinute: z.int().min(0).optional(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
}) satisfies z.ZodType<AccessKey>;

/** Tells people, and programs that look for leaked secrets, what the text is. */
const PREFIX = 'sinter_';
const SECRET_BYTES = 32;

/** A new key and its secret, which cannot be had again. */
export function makeKey(
  name: string,
  grant: KeyOptions,
  now = new Date(),
): { key: AccessKey; secret: string } {
  const secret = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const id = randomBytes(4).toString('hex');
  const key = { id, name, ...grant, hash: hashOf(secret).toString('hex'), createdAt: now.toISOString() };
  return { key, secret };
}

/**
 * The key that a secret belongs to. Every key is compared, each in constant time, so that how long it takes says nothing
 * of how much of a guess was right.
 */
export function findKey(keys: readonly AccessKey[], secret: string): AccessKey | undefined {
  const hash = hashOf(secret);
  let found: AccessKey | undefined;
  for (const key of keys) if (timingSafeEqual(Buffer.from(key.hash, 'hex'), hash)) found = key;
  return found;
}

/** Whether a scope includes what needs another one. */
export function includes(has: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(has) >= SCOPES.indexOf(needed);
}

/**
 * One round of SHA-256. Slow hashes protect passwords, which can be guessed; nobody guesses 256 random bits, and this one
 * costs a request a microsecond.
 */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
