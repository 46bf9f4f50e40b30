// @ts-check
/** Long work that runs, waits or has ended; files that it could not read are named. */
import { h } from 'preact';
import { cancelJob } from '../api/jobs.js';
import { mayAdminister } from '../api/session.js';
import { closeDialog } from '../state/dialog.js';
import { activeJobs, followJobs, jobs, nameOfKind } from '../state/jobs.js';
import { tried } from '../state/notice.js';
import { counted } from '../words.js';
import { Dialog } from './dialog.js';
import { percentOf } from './jobs-button.js';

export function JobsDialog() {
  return h(
    Dialog,
    { title: 'Work on the galleries', wide: true, onClose: closeDialog },
    h(
      'ul',
      { class: 'job-list' },
      jobs.value.map((job) => h(JobEntry, { key: job.id, job })),
    ),
  );
}

/** @param {{ job: import('../api/jobs.js').Job }} props */
function JobEntry({ job }) {
  const { id, kind, gallery, state, progress, error, result } = job;
  const runs = activeJobs.value.includes(job);
  const cancel = () =>
    tried(async () => {
      await cancelJob(id);
      await followJobs();
    });
  const left = progress?.secondsLeft ? `, ${progress.secondsLeft} s left` : '';
  return h(
    'li',
    null,
    h('strong', null, nameOfKind(kind)),
    h(
      'span',
      { class: 'soft' },
      `${gallery} · ${runs && progress ? progress.stage + percentOf(job) + left : state}`,
    ),
    runs &&
      mayAdminister.value &&
      h('button', { type: 'button', class: 'button small plain', onClick: cancel }, 'Cancel'),
    runs &&
      progress &&
      h('progress', {
        max: Math.max(1, progress.total),
        value: progress.done,
        'aria-label': nameOfKind(kind),
      }),
    error && h('p', { class: 'refusal' }, error.message),
    result?.failed ? h(FailedFiles, { failed: result.failed, files: result.failedFiles ?? [] }) : null,
  );
}

/** @param {{ failed: number, files: { path: string, reason: string }[] }} props */
function FailedFiles({ failed, files }) {
  return h(
    'details',
    { class: 'failed' },
    h('summary', null, counted(failed, 'file failed', 'files failed')),
    h(
      'ul',
      null,
      files.map(({ path, reason }) =>
        h('li', { key: path }, h('strong', null, path), h('span', null, reason)),
      ),
    ),
  );
}
