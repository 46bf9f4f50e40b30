/** Who can reach a server at all, and what it therefore asks of them: decided once, before it listens. */
import { SinterError } from '../../retrieval/errors.ts';
import type { Scope } from './access-key.ts';
import { type KeyRing, NO_KEYS } from './key-ring.ts';

/** What a request without a key may do; `none` is nothing. */
export type Anonymous = Scope | 'none';

export type AccessRules = {
  keys: KeyRing;
  /** What may be done without a key; absent: anything while there are none, nothing once there are. */
  anonymous?: Anonymous | undefined;
};

/** Whether only programs of this machine reach what listens on the host. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/**
 * Throws `bad-input` where whoever reaches the host could do as they like without anybody having said so: beyond
 * loopback a server needs keys, or an operator who chose what may be done without.
 */
export async function requireProtection(
  host: string,
  { keys, anonymous }: AccessRules = { keys: NO_KEYS },
): Promise<void> {
  if (isLoopback(host) || anonymous !== undefined || (await keys.hasKeys())) return;
  throw new SinterError(
    'bad-input',
    `Other machines could reach ${host}, and there are no API keys: anyone could read and change the galleries. Make a key with \`sinter keys create NAME\`, or say by --anonymous read (or write, admin) what may be done without one.`,
  );
}

/** What a request without a key may do now: what the operator said, else anything while there are no keys. */
export async function anonymousScope({ keys, anonymous }: AccessRules): Promise<Anonymous> {
  return anonymous ?? ((await keys.hasKeys()) ? 'none' : 'admin');
}
