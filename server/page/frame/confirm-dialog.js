// @ts-check
/** Asks before what cannot be undone. */
import { h } from 'preact';
import { closeDialog } from '../state/dialog.js';
import { tried } from '../state/notice.js';
import { Dialog } from './dialog.js';

/** @param {import('../state/dialog.js').Question} question */
export function ConfirmDialog({ title, text, action, act }) {
  const onAct = () => {
    closeDialog();
    tried(act);
  };
  return h(
    Dialog,
    { title, onClose: closeDialog },
    h('p', null, text),
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', class: 'button plain', onClick: closeDialog }, 'Cancel'),
      h('button', { type: 'button', class: 'button danger', onClick: onAct }, action),
    ),
  );
}
