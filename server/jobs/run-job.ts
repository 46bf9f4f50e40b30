/** One job from its start to its end, each step of it written down. Knows nothing of other jobs. */
import type { Logger } from 'pino';
import { SinterError } from '../../retrieval/errors.ts';
import type { Job, JobChange } from '../../retrieval/gallery/job-store.ts';
import type { Progress } from '../../retrieval/progress.ts';
import type { JobContext, JobKind } from './job-kind.ts';
import type { JobClock, JobProgress } from './job-progress.ts';

/** Why a job is stopped: somebody cancelled it, or the process ends and the next one is to go on with it. */
export type StopReason = 'cancelled' | 'paused';

export type JobRun = {
  job: Job;
  /** Absent where this server has none of the job's name. */
  kind: JobKind | undefined;
  context: JobContext;
  clock: JobClock;
  /** Aborted with a `StopReason`. */
  signal: AbortSignal;
  /** Aborts the signal. */
  stop: (reason: StopReason) => void;
  log: Logger;
};

/** A job that was cut off by the end of the process so often is not begun again: it may be what ends it. */
const MOST_STARTS = 3;
/** How often progress is written down, and cancelling by another server noticed, in milliseconds. */
const WRITE_EVERY_MS = 1000;

/** Runs a job and writes down how it ended. Throws only where that cannot be written. */
export async function runJob(run: JobRun): Promise<void> {
  const { job, context, log } = run;
  const store = context.served.gallery.jobs;
  const before = job.progress as JobProgress | undefined;
  const progress = { ...before, starts: (before?.starts ?? 0) + 1 };
  const begun = store.change(job.id, { state: 'running', startedAt: job.startedAt ?? now(), progress });
  // Another server of this gallery may have cancelled it just now.
  if (begun?.state !== 'running') return;
  log.info({ job: job.id, kind: job.kind, starts: progress.starts }, 'a job begins');
  const end = progress.starts > MOST_STARTS ? failed(cutOffTooOften()) : await work(run, progress);
  const ended = store.change(job.id, end);
  log.info({ job: job.id, state: ended?.state, error: ended?.error }, 'a job ends');
}

/** Does the work; returns what the job is from then on. */
async function work(run: JobRun, progress: JobProgress): Promise<JobChange> {
  const { job, kind, context, clock, signal, stop } = run;
  const { starts } = progress;
  let writtenAt = performance.now();
  const onProgress = (step: Progress) => {
    const at = performance.now();
    clock.note(step, at);
    if (at - writtenAt < WRITE_EVERY_MS) return;
    writtenAt = at;
    const known = context.served.gallery.jobs.change(job.id, { progress: { ...step, starts } });
    // By another server of this gallery.
    if (known?.endedAt) stop('cancelled');
  };
  try {
    if (!kind) throw new SinterError('unsupported', `This server does no work of the kind "${job.kind}".`);
    const result = await kind.run(job.params, context, { onProgress, signal });
    return { state: 'done', result, progress: { ...clock.latest(), starts }, endedAt: now() };
  } catch (error) {
    const end = endOf(error, run);
    const counted = end.state === 'queued' ? starts - 1 : starts;
    return { ...end, progress: { ...progress, ...clock.latest(), starts: counted } };
  }
}

/** A job that is paused waits again. */
function endOf(error: unknown, { signal, log, job }: JobRun): JobChange {
  const reason = signal.aborted ? (signal.reason as StopReason) : undefined;
  if (reason === 'cancelled') return { state: 'cancelled', endedAt: now() };
  if (reason === 'paused') return { state: 'queued' };
  if (!(error instanceof SinterError)) log.error({ err: error, job: job.id }, 'a job failed');
  return failed(error);
}

/** What happened inside the server goes to the log alone. */
function failed(error: unknown): JobChange {
  const isNamed = error instanceof SinterError;
  const { code, message } = isNamed ? error : { code: 'internal', message: 'The server failed at this job.' };
  return { state: 'failed', error: { code, message }, endedAt: now() };
}

function cutOffTooOften(): SinterError {
  const message = `The server ended ${MOST_STARTS} times while it worked on this job. Its log may say why.`;
  return new SinterError('interrupted', message);
}

function now(): string {
  return new Date().toISOString();
}
