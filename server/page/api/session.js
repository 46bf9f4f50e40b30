// @ts-check
/** What this browser may do: by its key, which the server keeps in a cookie that no script can read, or without one. */
import { computed, signal } from '@preact/signals';
import { attempt, call, keyWanted } from './client.js';

/** @typedef {'read' | 'write' | 'admin'} Scope */

const SCOPES = ['read', 'write', 'admin'];

export const scope = signal(/** @type {Scope} */ ('read'));

/** Whether a control that needs this scope is of use. @param {Scope} needed */
const allows = (needed) => SCOPES.indexOf(scope.value) >= SCOPES.indexOf(needed);

export const mayWrite = computed(() => allows('write'));
export const mayAdminister = computed(() => allows('admin'));

export async function loadSession() {
  scope.value = (await call('/v1/session')).scope;
}

/** Throws ApiError where the key is not known. @param {string} key */
export async function signIn(key) {
  scope.value = (await call('/v1/session', { method: 'PUT', json: { key } })).scope;
  keyWanted.value = false;
  attempt.value += 1;
}

export async function signOut() {
  await call('/v1/session', { method: 'DELETE' });
  location.reload();
}
