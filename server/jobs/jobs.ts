/**
 * Long work on galleries, in the background: one job at a time for a gallery, in the order they came. Jobs are kept in the
 * gallery's database, so that what was cut off by the end of the process goes on in the next one. Where several servers
 * have the gallery, one of them at a time works on its jobs, and the others take over where it leaves off.
 */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { QueueFull, SinterError } from '../../retrieval/errors.ts';
import type { Job, JobStore } from '../../retrieval/gallery/job-store.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { check } from '../http/request-values.ts';
import type { Models } from '../models/models.ts';
import type { JobContext, JobKind } from './job-kind.ts';
import { JobClock } from './job-progress.ts';
import { runJob, type StopReason } from './run-job.ts';

export type JobsOptions = { galleries: Galleries; models: Models; kinds: readonly JobKind[]; log: Logger };

/** A job with the name of its gallery, and its clock while it runs. */
export type KnownJob = { gallery: string; job: Job; clock?: JobClock | undefined };

type Running = { id: string; clock: JobClock; stop: (reason: StopReason) => void; ended: Promise<void> };

/** Jobs of a gallery that may wait, and those that ended and are remembered. */
const MOST_QUEUED = 32;
const REMEMBERED = 100;
/** How often a server looks for jobs that another one left, in milliseconds. */
const LOOK_AGAIN_MS = 1000;

export class Jobs {
  readonly #options: JobsOptions;
  /** By the name of the gallery: one that is absent has nothing to do. */
  readonly #busy = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Running>();
  #isPaused = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  kinds(): readonly JobKind[] {
    return this.#options.kinds;
  }

  /** Queues a job. Throws `bad-input` for an unknown kind or bad parameters, `queue-full`, and as its kind checks. */
  async start(gallery: string, kindName: string, given: unknown): Promise<KnownJob> {
    const kind = this.#kind(kindName);
    const params = check(kind.params, given) as Record<string, unknown>;
    const context = await this.#context(gallery);
    await kind.check?.(params, context);
    const { jobs } = context.served.gallery;
    if (jobs.list({ states: ['queued'] }).length >= MOST_QUEUED)
      throw new QueueFull(
        `${MOST_QUEUED} jobs of the gallery ${gallery} wait already, the most allowed.`,
        60_000,
      );
    const id = `${gallery}.${randomBytes(6).toString('hex')}`;
    const job: Job = { id, kind: kind.name, params, state: 'queued', createdAt: new Date().toISOString() };
    jobs.add(job);
    this.#workOff(gallery);
    return { gallery, job };
  }

  /** Throws `not-found`. */
  async get(id: string): Promise<KnownJob> {
    const gallery = galleryOf(id);
    const job = (await this.#store(gallery)).get(id);
    if (!job) throw new SinterError('not-found', `There is no job ${id}.`);
    return this.#known(gallery, job);
  }

  /** The jobs of a gallery, newest first. */
  async list(gallery: string): Promise<KnownJob[]> {
    const jobs = (await this.#store(gallery)).list();
    return jobs.map((job) => this.#known(gallery, job));
  }

  /**
   * Stops a job or takes it from the queue; one that has ended stays as it is. Resolves once it does nothing more, or where
   * another server works on it, once that is written down: it sees so at its next step, some seconds later.
   */
  async cancel(id: string): Promise<KnownJob> {
    const gallery = galleryOf(id);
    const running = this.#running.get(gallery);
    if (running?.id === id) {
      running.stop('cancelled');
      await running.ended;
    } else if (!(await this.get(id)).job.endedAt) {
      const endedAt = new Date().toISOString();
      (await this.#store(gallery)).change(id, { state: 'cancelled', endedAt });
    }
    return this.get(id);
  }

  /** Cancels all jobs of a gallery, which is about to go. */
  async clear(gallery: string): Promise<void> {
    for (const { job } of await this.list(gallery)) if (!job.endedAt) await this.cancel(job.id);
  }

  /**
   * Goes on with what is unfinished in any gallery, and from then on with what another server leaves in one that is open;
   * the log tells of one that cannot be opened.
   */
  async resume(): Promise<void> {
    for (const name of await this.#options.galleries.names()) {
      const opened = await this.#store(name).catch((err) =>
        this.#options.log.error({ err }, 'cannot be opened'),
      );
      if (opened) this.#workOff(name);
    }
    if (!this.#isPaused) this.#watch = setInterval(() => this.#lookAround(), LOOK_AGAIN_MS).unref();
  }

  /** Stops what runs, for the next process to go on with. Resolves once it has stopped; nothing begins after that. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    clearInterval(this.#watch);
    for (const { stop } of this.#running.values()) stop('paused');
    await Promise.all(this.#busy.values());
  }

  async #lookAround(): Promise<void> {
    for (const { gallery } of await this.#options.galleries.opened()) this.#workOff(gallery.name);
  }

  #workOff(gallery: string): void {
    if (this.#busy.has(gallery) || this.#isPaused) return;
    const work = this.#runAll(gallery).catch((err) => {
      this.#busy.delete(gallery);
      this.#options.log.error({ err, gallery }, 'the jobs of a gallery cannot be worked on');
    });
    this.#busy.set(gallery, work);
  }

  async #runAll(gallery: string): Promise<void> {
    for (;;) {
      const context = await this.#context(gallery);
      const { jobs } = context.served.gallery;
      const giveBack = firstOpen(jobs) && !this.#isPaused ? jobs.claim() : undefined;
      if (!giveBack) break;
      await this.#runFirst(gallery, context).finally(giveBack);
    }
    // In the same breath as seeing that there is none, so that no job that is queued now is overlooked.
    this.#busy.delete(gallery);
  }

  /** Another server may have ended the job that was open before this one had the right to work on it. */
  async #runFirst(gallery: string, context: JobContext): Promise<void> {
    const { jobs } = context.served.gallery;
    const job = firstOpen(jobs);
    if (!job) return;
    const controller = new AbortController();
    const clock = new JobClock();
    const { kinds, log } = this.#options;
    const kind = kinds.find(({ name }) => name === job.kind);
    const stop = (reason: StopReason) => controller.abort(reason);
    const ended = runJob({ job, kind, context, clock, signal: controller.signal, stop, log });
    this.#running.set(gallery, { id: job.id, clock, stop, ended });
    await ended.finally(() => this.#running.delete(gallery));
    jobs.forgetOld(REMEMBERED);
  }

  #known(gallery: string, job: Job): KnownJob {
    const running = this.#running.get(gallery);
    return { gallery, job, ...(running?.id === job.id && { clock: running.clock }) };
  }

  #kind(name: string): JobKind {
    const kind = this.#options.kinds.find((each) => each.name === name);
    if (kind) return kind;
    const names = this.#options.kinds.map((each) => each.name).join(', ');
    throw new SinterError('bad-input', `Expected \`kind\` to be one of ${names}, got "${name}".`);
  }

  async #store(gallery: string): Promise<JobStore> {
    return (await this.#options.galleries.get(gallery)).gallery.jobs;
  }

  async #context(gallery: string): Promise<JobContext> {
    const { galleries, models } = this.#options;
    return { served: await galleries.get(gallery), models };
  }
}

function firstOpen(jobs: JobStore): Job | undefined {
  return jobs.list({ states: ['queued', 'running'] }).at(-1);
}

/** An id begins with the name of its gallery. */
function galleryOf(id: string): string {
  const [, gallery] = /^(.+)\.[0-9a-f]{12}$/.exec(id) ?? [];
  if (gallery !== undefined) return gallery;
  throw new SinterError('not-found', `There is no job ${id}.`);
}
