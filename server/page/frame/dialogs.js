// @ts-check
/** Which dialog is open: one at a time, and the question for a key before all others. */

import { h } from 'preact';
import { keyWanted } from '../api/client.js';
import { CameraDialog } from '../search/camera-dialog.js';
import { openedDialog } from '../state/dialog.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { GalleriesDialog } from './galleries-dialog.js';
import { JobsDialog } from './jobs-dialog.js';
import { KeyDialog } from './key-dialog.js';
import { KeysDialog } from './keys-dialog.js';

/** @type {Record<string, import('preact').ComponentType<any>>} */
const DIALOGS = {
  camera: CameraDialog,
  confirm: ConfirmDialog,
  galleries: GalleriesDialog,
  jobs: JobsDialog,
  keys: KeysDialog,
};

export function Dialogs() {
  if (keyWanted.value !== 'no') return h(KeyDialog, null);
  const { name, props } = openedDialog.value ?? {};
  const content = name ? DIALOGS[name] : undefined;
  return content ? h(content, { key: name, ...props }) : null;
}
