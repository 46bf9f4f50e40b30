// @ts-check
/** What this browser may do: by its key, which the server keeps in a cookie that no script can read, or without one. */
import { computed, signal } from '@preact/signals';
import { attempt, call, keyWanted } from './client.js';

/** @typedef {'read' | 'write' | 'admin'} Scope */

const SCOPES = ['read', 'write', 'admin'];

export const scope = signal(/** @type {Scope} */ ('read'));

/** The key that this browser has; null where it has none. */
export const heldKey = signal(/** @type {{ name: string, expiresAt: string | null } | null} */ (null));

/** Whether a control that needs this scope is of use. @param {Scope} needed */
const allows = (needed) => SCOPES.indexOf(scope.value) >= SCOPES.indexOf(needed);

export const mayWrite = computed(() => allows('write'));
export const mayAdminister = computed(() => allows('admin'));

export async function loadSession() {
  take(await call('/v1/session'));
}

/** Throws ApiError where the key is not known. @param {string} key */
export async function signIn(key) {
  take(await call('/v1/session', { method: 'PUT', json: { key } }));
  keyWanted.value = 'no';
  attempt.value += 1;
}

/** @param {{ scope: Scope, key: typeof heldKey.value }} session */
function take(session) {
  scope.value = session.scope;
  heldKey.value = session.key;
}

/** The server forgets the key, and so does the page all that it has seen by it. */
export async function signOut() {
  await call('/v1/session', { method: 'DELETE' });
  location.reload();
}
