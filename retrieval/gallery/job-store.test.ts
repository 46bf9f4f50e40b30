import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MODEL } from './gallery.test-helper.ts';
import type { Job } from './job-store.ts';
import { Store } from './store.ts';

let folder: string;
let store: Store;

const open = () => new Store(join(folder, 'gallery.db'), { create: { name: 'shop', model: MODEL } });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-jobs-'));
  store = open();
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

const job = (n: number, parts: Partial<Job> = {}): Job => ({
  id: `job-${n}`,
  kind: 'index',
  params: { folder: '/photos' },
  state: 'queued',
  createdAt: `2024-01-01T00:00:0${n}.000Z`,
  ...parts,
});

test('a job is the same after it was changed and the gallery opened again', () => {
  store.jobs.add(job(1));
  expect(store.jobs.get('job-1')).toEqual(job(1));
  const started = {
    state: 'running',
    startedAt: '2024-01-01T00:01:00.000Z',
    progress: { done: 3, total: 9 },
  } as const;
  expect(store.jobs.change('job-1', started)).toEqual(job(1, started));
  store.close();
  store = open();
  expect(store.jobs.get('job-1')).toEqual(job(1, started));
  expect(store.jobs.change('none', started)).toBeUndefined();
});

test('a job that has ended stays as it is, whoever worked on it', () => {
  const cancelled = job(1, { state: 'cancelled', endedAt: '2024-01-01T00:02:00.000Z' });
  store.jobs.add(cancelled);
  expect(store.jobs.change('job-1', { state: 'done', result: { added: 2 } })).toEqual(cancelled);
  expect(store.jobs.get('job-1')).toEqual(cancelled);
});

test('jobs are listed with the newest first, and those in some states alone', () => {
  store.jobs.add(job(1, { state: 'done', result: { added: 2 } }));
  store.jobs.add(job(3, { state: 'running' }));
  store.jobs.add(job(2, { state: 'failed', error: { code: 'bad-data' } }));
  const ids = (jobs: Job[]) => jobs.map(({ id }) => id);
  expect(ids(store.jobs.list())).toEqual(['job-3', 'job-2', 'job-1']);
  expect(ids(store.jobs.list({ limit: 1 }))).toEqual(['job-3']);
  expect(store.jobs.list({ states: ['failed', 'queued'] })).toEqual([
    job(2, { state: 'failed', error: { code: 'bad-data' } }),
  ]);
});

test('old jobs that ended are forgotten, and those that have not are not', () => {
  const ended = (n: number) => job(n, { state: 'done', endedAt: `2024-01-02T00:00:0${n}.000Z` });
  for (const one of [job(1), ended(2), ended(3), ended(4)]) store.jobs.add(one);
  store.jobs.forgetOld(1);
  expect(store.jobs.list().map(({ id }) => id)).toEqual(['job-4', 'job-1']);
});
