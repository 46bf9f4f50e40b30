// @ts-check
/** What the page says: errors, figures and names in plain words. */
import { ApiError } from './api/client.js';

/** Without a text it is the server's. @type {Record<string, [title: string, text?: string]>} */
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
  'wrong-model': [
    'The gallery and the model do not belong together',
    'Switch the gallery to a model that it was embedded with, or embed it with this one.',
  ],
  forbidden: ['This key does not allow that'],
  offline: ['The server does not answer', 'It may have been stopped, or the connection is gone.'],
};

/** Codes of problems that pass by themselves, so that the same is worth trying again. */
const PASSING = ['queue-full', 'offline', 'internal', 'interrupted', 'rate-limited', 'not-ready'];

/**
 * @param {unknown} error
 * @returns {{ title: string, text: string, detail: string, passing: boolean }}
 */
export function problemInWords(error) {
  if (!(error instanceof ApiError)) {
    return { title: 'Something went wrong', text: String(error), detail: '', passing: true };
  }
  const [title, text = error.message] = PROBLEMS[error.code] ?? ['That did not work'];
  const detail = error.requestId ? `Request ${error.requestId}` : '';
  return { title, text, detail, passing: PASSING.includes(error.code) };
}

/**
 * A label made readable, or the file's name where there is none.
 * @param {{ id: string, label: string | null }} item
 */
export const nameOf = ({ id, label }) => readable(label ?? fileName(id));

/** @param {string} text */
export const readable = (text) => text.replaceAll('_', ' ');

/** The last part of an id, which usually is a file's name. @param {string} id */
export const fileName = (id) => id.split('/').at(-1) ?? id;

/** @param {number} similarity the cosine, -1 to 1 */
export const similarityInWords = (similarity) => similarity.toFixed(3).replace('-', '−');

/** @param {number} ms */
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** @param {number} count */
export const figure = (count) => count.toLocaleString('en');

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export const counted = (count, one, many) => `${figure(count)} ${count === 1 ? one : many}`;

/** One value of an item's metadata. @param {unknown} value */
export const valueInWords = (value) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : readable(String(value));

/** @param {number} bytes */
export const bytesInWords = (bytes) =>
  bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
