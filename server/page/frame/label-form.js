// @ts-check
/** A field for a label that suggests those which the gallery has. */
import { h } from 'preact';
import { useId, useLayoutEffect, useState } from 'preact/hooks';
import { labels } from '../state/gallery.js';
import { tried } from '../state/notice.js';

/**
 * @param {{ name: string, action: string, value?: string | null, onLabel: (label: string | null) => Promise<unknown> }} props
 *   an empty field means no label
 */
export function LabelForm({ name, action, value = '', onLabel }) {
  const [text, setText] = useState(value ?? '');
  const [busy, setBusy] = useState(false);
  const id = useId();
  // Before anything can be typed: a later effect would take the first letters away.
  useLayoutEffect(() => setText(value ?? ''), [value]);
  const onSubmit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setBusy(true);
    await tried(() => onLabel(text.trim() || null));
    setBusy(false);
  };
  const onInput = (/** @type {InputEvent} */ event) =>
    setText(/** @type {HTMLInputElement} */ (event.currentTarget).value);
  const field = {
    value: text,
    onInput,
    list: id,
    'aria-label': name,
    placeholder: name,
    autocomplete: 'off',
    spellcheck: false,
  };
  return h(
    'form',
    { class: 'label-form', onSubmit },
    h('input', field),
    h(
      'datalist',
      { id },
      labels.value.map(({ label }) => label !== null && h('option', { key: label, value: label })),
    ),
    h('button', { class: 'button small plain', disabled: busy }, action),
  );
}
