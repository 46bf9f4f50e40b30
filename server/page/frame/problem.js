// @ts-check
/** What went wrong, in place of a view. */
import { h } from 'preact';
import { problemInWords } from '../words.js';

/** @param {{ error: unknown, onRetry?: () => void, children?: import('preact').ComponentChildren }} props */
export function Problem({ error, onRetry, children }) {
  const { title, text, detail, passing } = problemInWords(error);
  const retry = h('button', { type: 'button', class: 'button plain', onClick: onRetry }, 'Try again');
  return h(
    'section',
    { class: 'message', role: 'alert' },
    h('h1', null, title),
    h('p', null, text),
    h('div', { class: 'actions' }, passing && onRetry && retry, children),
    detail && h('p', { class: 'fine' }, detail),
  );
}
