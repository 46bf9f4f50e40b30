// @ts-check
/** What the page says: errors, figures and names in plain words. */
import { ApiError } from './api.js';

/** @type {Record<string, [title: string, text: string]>} */
const PROBLEMS = {
  'not-an-image': [
    'That is not an image we can read',
    'Please try a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
  ],
  'bad-image': [
    'That image is damaged',
    'It begins like an image but cannot be read to its end. Perhaps the download or copy was cut short.',
  ],
  'too-large': ['That image is too large', 'Please scale it down, or save it with a smaller file size.'],
  'queue-full': ['Very busy just now', 'Many searches are waiting already. Please try again in a moment.'],
  'not-found': ['That image has left the gallery', 'It was removed after this link was made.'],
  'wrong-model': [
    'The gallery and the model do not belong together',
    'Whoever runs this server has to index the gallery with the model that it serves.',
  ],
  offline: ['The server does not answer', 'It may have been stopped, or the connection is gone.'],
};

/** Codes of problems that pass by themselves, so that the same search is worth trying again. */
const PASSING = ['queue-full', 'offline', 'internal', 'interrupted'];

/**
 * @param {unknown} error
 * @returns {{ title: string, text: string, detail: string, passing: boolean }}
 */
export function problemInWords(error) {
  if (!(error instanceof ApiError)) {
    return { title: 'Something went wrong', text: String(error), detail: '', passing: true };
  }
  const [title, text] = PROBLEMS[error.code] ?? ['That did not work', error.message];
  const detail = error.requestId ? `Request ${error.requestId}` : '';
  return { title, text, detail, passing: PASSING.includes(error.code) };
}

/**
 * A label made readable, or the file's name where there is none.
 * @param {{ id: string, label: string | null }} item
 */
export function nameOf({ id, label }) {
  const text = label ?? id.split('/').at(-1) ?? id;
  return text.replaceAll('_', ' ');
}

/** @param {number} similarity the cosine, -1 to 1 */
export const similarityInWords = (similarity) => similarity.toFixed(3).replace('-', '−');

/** @param {number} ms */
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export const counted = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
