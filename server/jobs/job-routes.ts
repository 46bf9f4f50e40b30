/** Jobs over HTTP: started under a gallery, looked at, listed and cancelled under /v1/jobs. */
import { z } from 'zod';
import { accessOf, requireGallery } from '../access/access.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import type { JobProgress } from './job-progress.ts';
import { type ProgressView, viewProgress } from './job-progress.ts';
import type { KnownJob } from './jobs.ts';

const progress = z.object({
  stage: z.string(),
  done: z.int(),
  total: z.int(),
  secondsLeft: z
    .int()
    .nullable()
    .describe('At the pace of the last half minute; null while there is none to tell'),
}) satisfies z.ZodType<ProgressView>;

const jobView = z
  .object({
    id: z.string(),
    gallery: z.string(),
    kind: z.string(),
    params: z.record(z.string(), z.unknown()),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    progress: progress.nullable(),
    result: z.unknown().describe('What it found, once it is done'),
    error: z.unknown().describe('Why it failed: a code and a message'),
    createdAt: z.string().describe('ISO 8601, UTC, as all times'),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'Job' });

const jobParams = z.object({ job: z.string() });
const newJob = z.looseObject({ kind: z.string().describe('What to do; its parameters stand beside it') });
const jobsQuery = z.strictObject({
  gallery: z.string().optional().describe('The jobs of this gallery alone'),
});

export function jobRoutes({ jobs, galleries }: Parts): Route[] {
  const start = route(
    {
      method: 'post',
      path: '/v1/galleries/{gallery}/jobs',
      operation: 'startJob',
      tag: 'jobs',
      scope: 'admin',
      summary: 'Start long work on a gallery',
      description: describeKinds(jobs.kinds()),
      params: galleryParams,
      body: { schema: newJob },
      answer: json(jobView, 'The job, at the address in Location', 202),
    },
    async ({ params: { gallery }, body: { kind, ...params }, response }) => {
      const started = await jobs.start(gallery, kind, params);
      response.setHeader('Location', `/v1/jobs/${encodeURIComponent(started.job.id)}`);
      return viewJob(started);
    },
  );
  const list = route(
    {
      method: 'get',
      path: '/v1/jobs',
      operation: 'listJobs',
      tag: 'jobs',
      scope: 'read',
      summary: 'List jobs, those of a gallery newest first',
      query: jobsQuery,
      answer: json(
        z.object({ jobs: z.array(jobView) }),
        'The jobs that run or wait, and the latest that ended',
      ),
    },
    async ({ query, response }) => {
      const access = accessOf(response);
      const name = query.gallery ?? access.gallery;
      if (name !== undefined) requireGallery(access, name);
      const names = name === undefined ? await galleries.names() : [name];
      const known = await Promise.allSettled(names.map((each) => jobs.list(each)));
      if (name !== undefined && known[0]?.status === 'rejected') throw known[0].reason;
      return { jobs: known.flatMap((each) => (each.status === 'fulfilled' ? each.value.map(viewJob) : [])) };
    },
  );
  const show = route(
    {
      method: 'get',
      path: '/v1/jobs/{job}',
      operation: 'getJob',
      tag: 'jobs',
      scope: 'read',
      summary: 'Show a job: how far it is, or how it ended',
      params: jobParams,
      answer: json(jobView, 'The job'),
    },
    async ({ params, response }) => {
      const known = await jobs.get(params.job);
      requireGallery(accessOf(response), known.gallery);
      return viewJob(known);
    },
  );
  const cancel = route(
    {
      method: 'delete',
      path: '/v1/jobs/{job}',
      operation: 'cancelJob',
      tag: 'jobs',
      scope: 'admin',
      summary: 'Cancel a job',
      description: 'What it did so far is kept. A job that has ended stays as it is.',
      params: jobParams,
      answer: json(jobView, 'The job, which does nothing more'),
    },
    async ({ params, response }) => {
      const { gallery } = await jobs.get(params.job);
      requireGallery(accessOf(response), gallery);
      return viewJob(await jobs.cancel(params.job));
    },
  );
  return [start, list, show, cancel];
}

function viewJob({ gallery, job, clock }: KnownJob): z.infer<typeof jobView> {
  const { id, kind, params, state, result, error, createdAt, startedAt = null, endedAt = null } = job;
  const written = job.progress as JobProgress | undefined;
  const times = { createdAt, startedAt, endedAt };
  const outcome = { result: result ?? null, error: error ?? null };
  return { id, gallery, kind, params, state, progress: viewProgress(written, clock), ...outcome, ...times };
}

function describeKinds(kinds: readonly { name: string; summary: string }[]): string {
  return `Kinds:\n\n${kinds.map(({ name, summary }) => `- \`${name}\`: ${summary}`).join('\n')}`;
}
