// @ts-check
/** Long work on the server: started, followed, cancelled. */
import { call, galleryPath } from './client.js';

/**
 * @typedef {'queued' | 'running' | 'done' | 'failed' | 'cancelled'} JobState
 * @typedef {{ stage: string, done: number, total: number, secondsLeft: number | null }} Progress
 * @typedef {{ failed?: number, failedFiles?: { path: string, reason: string }[] } | null} Result
 * @typedef {{
 *   id: string, gallery: string, kind: string, state: JobState, progress: Progress | null, result: Result,
 *   error: { code: string, message: string } | null, createdAt: string, endedAt: string | null,
 * }} Job
 */

/** @param {string} gallery @param {string} kind @param {object} [params] @returns {Promise<Job>} */
export const startJob = (gallery, kind, params = {}) =>
  call(galleryPath(gallery, '/jobs'), { json: { kind, ...params } });

/** @returns {Promise<Job[]>} */
export const getJobs = async () => (await call('/v1/jobs')).jobs;

/** @param {string} id */
export const cancelJob = (id) => call(`/v1/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
