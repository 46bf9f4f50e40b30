// @ts-check
/** A form for an item's metadata: a line for each value, and one more for a new one. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { describeItem } from '../state/edits.js';
import { tried } from '../state/notice.js';
import { readable } from '../words.js';

/** @typedef {{ name: string, text: string, before?: unknown }} Line a line without `before` is new: its name can be typed */

/** @param {{ item: import('../api/items.js').Item, onClose: () => void }} props */
export function MetadataForm({ item, onClose }) {
  const [lines, setLines] = useState(() => [...linesOf(item.metadata ?? {}), NEW_LINE]);
  const [busy, setBusy] = useState(false);
  const change = (/** @type {number} */ at, /** @type {Partial<Line>} */ part) => {
    const next = lines.map((line, i) => (i === at ? { ...line, ...part } : line));
    setLines(next.at(-1)?.name ? [...next, NEW_LINE] : next);
  };
  const onSubmit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setBusy(true);
    await tried(async () => {
      await describeItem(item, metadataOf(lines));
      onClose();
    });
    setBusy(false);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
  return h(
    'form',
    { class: 'metadata-form', 'aria-label': 'Details', onSubmit, onKeyDown },
    lines.map((line, at) =>
      h(LineFields, { key: at, line, focused: at === 0, onChange: (part) => change(at, part) }),
    ),
    h(
      'p',
      { class: 'fine' },
      'An empty value takes the detail away. Numbers, true and false are kept as such.',
    ),
    h(
      'div',
      { class: 'actions' },
      h('button', { class: 'button small', disabled: busy }, 'Save details'),
      h('button', { type: 'button', class: 'button small plain', onClick: onClose }, 'Cancel'),
    ),
  );
}

/** @param {{ line: Line, focused: boolean, onChange: (part: Partial<Line>) => void }} props */
function LineFields({ line, focused, onChange }) {
  const { name, text } = line;
  const isNew = !('before' in line);
  const called = isNew
    ? h(TextField, {
        focused,
        label: 'Name of a new detail',
        hint: 'new detail',
        text: name,
        onText: (name) => onChange({ name }),
      })
    : h('span', { title: name }, readable(name));
  const label = isNew ? `Value of ${name || 'a new detail'}` : readable(name);
  const value = h(TextField, {
    focused: focused && !isNew,
    label,
    hint: isNew ? 'its value' : '',
    text,
    onText: (text) => onChange({ text }),
  });
  return h('div', { class: 'metadata-line' }, called, value);
}

/** @param {{ label: string, hint: string, text: string, onText: (text: string) => void, focused: boolean }} props */
function TextField({ label, hint, text, onText, focused }) {
  return h('input', {
    ref: focused ? focusOnce : undefined,
    value: text,
    'aria-label': label,
    placeholder: hint,
    autocomplete: 'off',
    spellcheck: false,
    onInput: (/** @type {InputEvent} */ event) =>
      onText(/** @type {HTMLInputElement} */ (event.currentTarget).value),
  });
}

/** @type {Line} */
const NEW_LINE = { name: '', text: '' };

/** @param {import('../api/items.js').Metadata} metadata @returns {Line[]} */
const linesOf = (metadata) =>
  Object.entries(metadata).map(([name, before]) => ({ name, text: textOf(before), before }));

/** @param {Line[]} lines */
function metadataOf(lines) {
  const given = lines.filter(({ name, text }) => name.trim() !== '' && text.trim() !== '');
  const values = given.map((line) => [line.name.trim(), readLine(line)]);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}

/** What was text stays text, even if it looks like a number; all else is what it reads as. @param {Line} line */
function readLine({ text, before }) {
  if (text === textOf(before)) return before;
  if (typeof before === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

const focusOnce = (/** @type {HTMLInputElement | null} */ input) => input?.focus();
