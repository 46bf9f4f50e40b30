// @ts-check
/** Long work on the server, in the head of the page: how far it is, and by a click all of it. */
import { h } from 'preact';
import { openDialog } from '../state/dialog.js';
import { activeJobs, jobs, nameOfKind } from '../state/jobs.js';
import { galleryName } from '../state/route.js';

export function JobsButton() {
  const [first, ...others] = activeJobs.value;
  const mine = jobs.value.filter(({ gallery }) => gallery === galleryName.value);
  if (!first && mine.length === 0) return null;
  const text = first ? `${nameOfKind(first.kind)}${percentOf(first)}` : 'Work done';
  const more = others.length > 0 ? ` +${others.length}` : '';
  const button = {
    type: 'button',
    class: first ? 'jobs-button active' : 'jobs-button',
    'aria-haspopup': 'dialog',
    onClick: () => openDialog('jobs'),
  };
  return h('button', button, text + more);
}

/** @param {import('../api/jobs.js').Job} job */
export function percentOf({ progress }) {
  return progress && progress.total > 0 ? ` ${Math.floor((100 * progress.done) / progress.total)}%` : '';
}
