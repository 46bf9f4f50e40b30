// @ts-check
/** By which key this browser works, and the way to another one. */
import { h } from 'preact';
import { keyWanted } from '../api/client.js';
import { heldKey, mayAdminister, scope, signOut } from '../api/session.js';
import { closeDialog } from '../state/dialog.js';
import { tried } from '../state/notice.js';

/** Nothing where no key is asked for and none would allow more. */
export function KeySettings() {
  const key = heldKey.value;
  if (!key && mayAdminister.value) return null;
  const useKey = () => {
    closeDialog();
    keyWanted.value = 'by-user';
  };
  const end = key?.expiresAt ? `, until ${key.expiresAt.slice(0, 10)}` : '';
  return h(
    'div',
    { class: 'key-settings' },
    h('h3', null, 'Key'),
    h('p', null, key ? `${key.name}: ${ALLOWS[scope.value]}${end}` : `Without a key: ${ALLOWS[scope.value]}`),
    key
      ? h(
          'button',
          { type: 'button', class: 'button small plain', onClick: () => tried(signOut) },
          'Sign out',
        )
      : h('button', { type: 'button', class: 'button small plain', onClick: useKey }, 'Use a key'),
  );
}

const ALLOWS = {
  read: 'search and look',
  write: 'search and look, change images',
  admin: 'everything',
};
