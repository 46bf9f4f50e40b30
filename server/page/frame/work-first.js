// @ts-check
/** In place of a view whose figures are not made yet: what it would show, and the button that has the server make them. */
import { h } from 'preact';
import { mayAdminister } from '../api/session.js';
import { activeJobOf, beginJob } from '../state/jobs.js';
import { tried } from '../state/notice.js';

/**
 * @typedef {{ kind: string, action: string, params?: object }} Work a kind of job, and what its button says
 * @typedef {import('preact').ComponentChildren} Children
 */

/** @param {{ title: string, text: string, work: Work, command: string, options?: Children }} props */
export function WorkFirst({ title, text, work, command, options }) {
  return h(
    'section',
    { class: 'message' },
    h('h1', null, title),
    h('p', null, text),
    mayAdminister.value
      ? h('div', { class: 'actions' }, !activeJobOf(work.kind) && options, h(WorkButton, { work }))
      : h('p', null, 'Whoever runs this server can make it: ', h('code', null, command)),
  );
}

/** Starts the work, and shows how far it is. @param {{ work: Work, plain?: boolean }} props */
export function WorkButton({ work: { kind, action, params = {} }, plain = false }) {
  const job = activeJobOf(kind);
  if (!mayAdminister.value) return null;
  if (!job) {
    const onClick = () => tried(() => beginJob(kind, params));
    return h('button', { type: 'button', class: plain ? 'button small plain' : 'button', onClick }, action);
  }
  const { stage = 'waiting', done = 0, total = 1 } = job.progress ?? {};
  return h('label', { class: 'work' }, stage, h('progress', { max: Math.max(total, 1), value: done }));
}
