// @ts-check
/** Files on their way into the gallery: sent some at a time, each with an outcome of its own. It goes on while other views are shown. */
import { computed, signal } from '@preact/signals';
import { uploadItems } from '../api/items.js';
import { galleryChanged } from '../state/gallery.js';
import { galleryName } from '../state/route.js';
import { problemInWords } from '../words.js';

/**
 * @typedef {'waiting' | 'sending' | 'done' | 'failed'} State
 * @typedef {{ number: number, gallery: string, file: File, id: string, label: string | null, state: State, problem?: string }} Entry
 */

/** What goes into one request: few enough that progress is seen, and that a broken connection costs little. */
const FILES_AT_ONCE = 16;
const BYTES_AT_ONCE = 24 * 1024 * 1024;

export const entries = signal(/** @type {readonly Entry[]} */ ([]));
export const isSending = computed(() =>
  entries.value.some(({ state }) => state === 'waiting' || state === 'sending'),
);

/** How files are labelled that are added from now on: by their folder, or all alike. */
export const labelling = signal(
  /** @type {{ byFolder: boolean, label: string }} */ ({ byFolder: true, label: '' }),
);

let running = false;
let lastNumber = 0;

/** @param {import('./dropped-files.js').Dropped[]} files */
export function addFiles(files) {
  const gallery = galleryName.value;
  const next = files
    .filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')))
    .map(
      ({ file, path }) =>
        /** @type {Entry} */ ({
          number: ++lastNumber,
          gallery,
          file,
          id: path,
          label: labelOf(path),
          state: 'waiting',
        }),
    );
  entries.value = [...entries.value, ...next];
  return sendAll();
}

export function retryFailed() {
  change(new Set(entries.value.filter(({ state }) => state === 'failed')), { state: 'waiting', problem: '' });
  return sendAll();
}

export function forgetEntries() {
  entries.value = entries.value.filter(({ state }) => state === 'waiting' || state === 'sending');
}

/** @param {string} path */
function labelOf(path) {
  const { byFolder, label } = labelling.value;
  const folder = path.split('/').at(-2);
  return byFolder && folder ? folder : label.trim() || null;
}

async function sendAll() {
  if (running) return;
  running = true;
  try {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) await sendBatch(batch);
  } finally {
    running = false;
    await galleryChanged();
  }
}

/** @returns {Entry[]} of one gallery, with different ids */
function nextBatch() {
  const waiting = entries.value.filter(({ state }) => state === 'waiting');
  const ids = new Set();
  let bytes = 0;
  const batch = [];
  for (const entry of waiting) {
    const isFull =
      batch.length >= FILES_AT_ONCE || (batch.length > 0 && bytes + entry.file.size > BYTES_AT_ONCE);
    if (isFull || entry.gallery !== waiting[0]?.gallery || ids.has(entry.id)) break;
    ids.add(entry.id);
    bytes += entry.file.size;
    batch.push(entry);
  }
  return batch;
}

/** @param {Entry[]} batch */
async function sendBatch(batch) {
  const sending = change(new Set(batch), { state: 'sending' });
  try {
    const outcomes = await uploadItems(batch[0]?.gallery ?? '', batch);
    sending.forEach((entry, i) => {
      const error = outcomes[i]?.error;
      change(new Set([entry]), error ? { state: 'failed', problem: wordsFor(error) } : { state: 'done' });
    });
  } catch (error) {
    change(new Set(sending), { state: 'failed', problem: problemInWords(error).title });
  }
}

/** @param {Set<Entry>} which @param {Partial<Entry>} changes @returns {Entry[]} the changed ones */
function change(which, changes) {
  /** @type {Entry[]} */
  const changed = [];
  entries.value = entries.value.map((entry) => {
    if (!which.has(entry)) return entry;
    const next = { ...entry, ...changes };
    changed.push(next);
    return next;
  });
  return changed;
}

/** @param {{ code: string, message: string }} error */
const wordsFor = ({ message }) => message;
