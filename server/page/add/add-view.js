// @ts-check
/** Add images: files and folders go in, labelled on the way; what failed is listed with the reason. */
import { h } from 'preact';
import { mayWrite } from '../api/session.js';
import { Icon } from '../frame/icon.js';
import { gallery, labels } from '../state/gallery.js';
import { hrefHere } from '../state/route.js';
import { counted, figure } from '../words.js';
import { chosenFiles } from './dropped-files.js';
import { addFiles, entries, forgetEntries, isSending, labelling, retryFailed } from './queue.js';

const SHOWN_DONE = 24;

export function AddView() {
  if (!mayWrite.value) {
    return h(
      'section',
      { class: 'message' },
      h('h1', null, 'This key can only search'),
      h('p', null, 'Adding images needs one with the scope write.'),
    );
  }
  return h(
    'section',
    { class: 'add', 'aria-labelledby': 'add-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'add-title' }, `Add images to ${gallery.value?.title ?? ''}`),
    ),
    h('div', { class: 'add-columns' }, h(Choice, null), h(Progress, null)),
  );
}

function Choice() {
  const { byFolder, label } = labelling.value;
  return h(
    'div',
    { class: 'stack' },
    h(
      'div',
      { class: 'drop-zone' },
      h(
        'div',
        { class: 'intake-buttons' },
        h(FileButton, { name: 'Choose images', folder: false }),
        h(FileButton, { name: 'Choose a folder', folder: true }),
      ),
      h('p', { class: 'hint' }, 'or drop images and folders anywhere on this page'),
    ),
    h(
      'label',
      { class: 'field' },
      'Label for what is added next',
      h('input', {
        list: 'labels-to-add',
        value: label,
        placeholder: 'none',
        spellcheck: false,
        autocomplete: 'off',
        onInput: (event) => {
          labelling.value = { byFolder, label: event.currentTarget.value };
        },
      }),
      h(
        'datalist',
        { id: 'labels-to-add' },
        labels.value.map(({ label }) => label !== null && h('option', { key: label, value: label })),
      ),
    ),
    h(
      'label',
      { class: 'check' },
      h('input', {
        type: 'checkbox',
        checked: byFolder,
        onChange: (event) => {
          labelling.value = { label, byFolder: event.currentTarget.checked };
        },
      }),
      'Files in a folder take its name as their label',
    ),
    h(
      'p',
      { class: 'fine' },
      'An image takes its path as its id; one that is there already under this id is replaced.',
    ),
  );
}

/** @param {{ name: string, folder: boolean }} props */
function FileButton({ name, folder }) {
  const onChange = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.currentTarget);
    if (input.files) addFiles(chosenFiles(input.files));
    input.value = '';
  };
  const kind = folder ? { webkitdirectory: true } : { accept: 'image/*' };
  return h(
    'label',
    { class: folder ? 'button plain' : 'button' },
    name,
    h('input', { class: 'unseen', type: 'file', multiple: true, ...kind, onChange }),
  );
}

function Progress() {
  const all = entries.value;
  const of = (/** @type {import('./queue.js').State} */ state) =>
    all.filter((entry) => entry.state === state);
  const [done, failed] = [of('done'), of('failed')];
  if (all.length === 0)
    return h(
      'div',
      { class: 'add-progress empty' },
      h('p', null, 'What you add is shown here, and what could not be read.'),
    );
  const settled = done.length + failed.length;
  return h(
    'div',
    { class: 'add-progress' },
    h(
      'div',
      { class: 'progress-head' },
      h(
        'p',
        { role: 'status' },
        isSending.value
          ? `${figure(settled)} of ${figure(all.length)}`
          : summaryOf(done.length, failed.length),
      ),
      !isSending.value &&
        h('button', { type: 'button', class: 'quiet-button', onClick: forgetEntries }, 'Clear the list'),
    ),
    h('progress', { max: all.length, value: settled, 'aria-label': 'Images that are through' }),
    failed.length > 0 && h(Failed, { failed }),
    done.length > 0 && h(Done, { done }),
  );
}

/** @param {number} done @param {number} failed */
function summaryOf(done, failed) {
  const added = counted(done, 'image was added', 'images were added');
  return failed > 0 ? `${added}, ${counted(failed, 'file failed', 'files failed')}` : added;
}

/** @param {{ failed: import('./queue.js').Entry[] }} props */
function Failed({ failed }) {
  return h(
    'section',
    { class: 'failed', 'aria-labelledby': 'failed-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h2', { id: 'failed-title' }, counted(failed.length, 'file failed', 'files failed')),
      !isSending.value &&
        h('button', { type: 'button', class: 'quiet-button', onClick: retryFailed }, 'Try again'),
    ),
    h(
      'ul',
      null,
      failed.map(({ number, id, problem }) =>
        h('li', { key: number }, h('strong', null, id), h('span', null, problem)),
      ),
    ),
  );
}

/** @param {{ done: import('./queue.js').Entry[] }} props the latest ones are shown */
function Done({ done }) {
  const latest = done.slice(-SHOWN_DONE).reverse();
  return h(
    'section',
    { 'aria-label': 'Added' },
    h(
      'ul',
      { class: 'done-list' },
      latest.map(({ number, id, label }) =>
        h(
          'li',
          { key: number },
          h(Icon, { name: 'check' }),
          h('a', { href: hrefHere('search', { id }) }, id),
          h('span', { class: 'soft' }, label ?? 'no label'),
        ),
      ),
    ),
    done.length > latest.length &&
      h('p', { class: 'fine' }, `and ${figure(done.length - latest.length)} before them`),
  );
}
