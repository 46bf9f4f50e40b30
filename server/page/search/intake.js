// @ts-check
/** The ways by which an image comes in: chosen, dropped anywhere, pasted, or taken with the camera. */
import { h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { filesOf } from '../add/dropped-files.js';
import { addFiles } from '../add/queue.js';
import { mayWrite } from '../api/session.js';
import { Icon } from '../frame/icon.js';
import { openDialog } from '../state/dialog.js';
import { say, tried } from '../state/notice.js';
import { route } from '../state/route.js';
import { searchWith } from './uploads.js';

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Opens the browser's choice of a file. */
export const chooseImage = () => document.getElementById('file')?.click();

export const openCamera = () => openDialog('camera', { onPicture: searchWith });

/** Takes an image from the clipboard; the browser may ask the user first. */
export const pasteImage = () =>
  tried(async () => {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((type) => type.startsWith('image/'));
      if (type) return searchWith(await item.getType(type), 'Pasted image');
    }
    say('There is no image in the clipboard.');
  });

/** Listens for images wherever on the page they come in. */
export function Intake() {
  useEffect(() => {
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);
  const onChange = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.currentTarget);
    const file = input.files?.[0];
    input.value = '';
    if (file) searchWith(file, file.name);
  };
  const field = {
    type: 'file',
    id: 'file',
    accept: 'image/*',
    hidden: true,
    'aria-label': 'Image to search with',
    onChange,
  };
  return [h('input', { key: 'file', ...field }), h(DropVeil, { key: 'veil' })];
}

/** @param {ClipboardEvent} event */
function onPaste(event) {
  const file = event.clipboardData?.files[0];
  if (!file) return;
  event.preventDefault();
  searchWith(file, file.name || 'Pasted image');
}

/** On the page for adding images files are added; elsewhere they are searched with. */
const isAdding = () => route.value.view === 'add' && mayWrite.value;

/** @param {DataTransfer} dropped */
async function takeDropped(dropped) {
  if (isAdding()) return addFiles(await filesOf(dropped));
  const [file] = dropped.files;
  if (file) searchWith(file, file.name);
}

function DropVeil() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    let depth = 0;
    const carriesFile = (/** @type {DragEvent} */ event) =>
      event.dataTransfer?.types.includes('Files') ?? false;
    const track = (/** @type {number} */ change) => (/** @type {DragEvent} */ event) => {
      if (!carriesFile(event)) return;
      depth += change;
      setShown(depth > 0);
    };
    const listening = new AbortController();
    const { signal } = listening;
    addEventListener('dragenter', track(1), { signal });
    addEventListener('dragleave', track(-1), { signal });
    addEventListener('dragover', (event) => carriesFile(event) && event.preventDefault(), { signal });
    const onDrop = (/** @type {DragEvent} */ event) => {
      depth = 0;
      setShown(false);
      if (!event.dataTransfer || !carriesFile(event)) return;
      event.preventDefault();
      tried(() => takeDropped(/** @type {DataTransfer} */ (event.dataTransfer)));
    };
    addEventListener('drop', onDrop, { signal });
    return () => listening.abort();
  }, []);
  return (
    shown &&
    h(
      'div',
      { class: 'veil', 'aria-hidden': 'true' },
      h('p', null, isAdding() ? 'Drop to add' : 'Drop it to search'),
    )
  );
}

/** The buttons for all of them. @param {{ small?: boolean }} props */
export function IntakeButtons({ small = false }) {
  const canPaste = 'read' in (navigator.clipboard ?? {});
  const choose = small ? 'Another image' : 'Choose an image';
  return h(
    'div',
    { class: small ? 'intake-buttons small' : 'intake-buttons' },
    h(IntakeButton, { icon: 'image', name: choose, small, primary: true, onClick: chooseImage }),
    canPaste && h(IntakeButton, { icon: 'paste', name: 'Paste', small, onClick: pasteImage }),
    hasCamera() && h(IntakeButton, { icon: 'camera', name: 'Camera', small, onClick: openCamera }),
  );
}

/** Small ones are icons. @param {{ icon: string, name: string, small: boolean, primary?: boolean, onClick: () => void }} props */
function IntakeButton({ icon, name, small, primary = false, onClick }) {
  const look = small ? 'icon-button' : primary ? 'button' : 'button plain';
  const title = small ? { 'aria-label': name, title: name } : {};
  return h(
    'button',
    { type: 'button', class: look, ...title, onClick },
    h(Icon, { name: icon }),
    !small && name,
  );
}
