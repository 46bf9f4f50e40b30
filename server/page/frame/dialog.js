// @ts-check
/** A modal dialog: the browser's own, with a title and a way out; the focus goes back to where it was. */
import { h } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.js';

/**
 * @param {{ title: string, onClose?: () => void, wide?: boolean, children?: import('preact').ComponentChildren }} props
 *   without `onClose` it cannot be left
 */
export function Dialog({ title, onClose, wide = false, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  // At once: a key that comes before the dialog is open would be a command to the page.
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onCancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose?.();
  };
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (event.target === box.current) onClose?.();
  };
  const close = h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Close', onClick: onClose },
    h(Icon, { name: 'close' }),
  );
  return h(
    'dialog',
    { ref: box, class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': id, onCancel, onClick },
    h(
      'div',
      { class: 'dialog-body' },
      h('div', { class: 'dialog-head' }, h('h2', { id }, title), onClose && close),
      children,
    ),
  );
}
