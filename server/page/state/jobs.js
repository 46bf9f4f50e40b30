// @ts-check
/** Long work on the server, looked at again and again while there is some; views load anew when it has ended. */
import { computed, signal } from '@preact/signals';
import { getJobs, startJob } from '../api/jobs.js';
import { galleryChanged } from './gallery.js';
import { say } from './notice.js';
import { galleryName } from './route.js';

/** @typedef {import('../api/jobs.js').Job} Job */

const SOON_MS = 1000;

export const jobs = signal(/** @type {Job[]} */ ([]));

const isActive = (/** @type {Job} */ { state }) => state === 'queued' || state === 'running';

export const activeJobs = computed(() => jobs.value.filter(isActive));

/** The job of this kind that is at work on the gallery that is shown. @param {string} kind */
export const activeJobOf = (kind) =>
  activeJobs.value.find((job) => job.kind === kind && job.gallery === galleryName.value);

let timer = 0;
let asked = 0;

/** Looks now, and goes on while something runs. */
export async function followJobs() {
  clearTimeout(timer);
  const number = ++asked;
  const answer = await getJobs().catch(() => jobs.value);
  // What was asked since knows better: of a job that was started meanwhile, or of an end that was told of already.
  if (number !== asked) return;
  const before = activeJobs.value;
  jobs.value = answer;
  const ended = jobs.value.filter((job) => !isActive(job) && before.some(({ id }) => id === job.id));
  for (const job of ended) say(outcomeOf(job));
  if (ended.length > 0) galleryChanged();
  if (activeJobs.value.length > 0) timer = setTimeout(followJobs, SOON_MS);
}

/** @param {string} kind @param {object} [params] */
export async function beginJob(kind, params) {
  const job = await startJob(galleryName.value, kind, params);
  asked += 1;
  clearTimeout(timer);
  jobs.value = [job, ...jobs.value];
  timer = setTimeout(followJobs, SOON_MS / 4);
}

/** What a kind of work is called. @param {string} kind */
export const nameOfKind = (kind) => KINDS[kind] ?? kind;

/** @type {Record<string, string>} */
const KINDS = {
  index: 'Index a folder',
  're-embed': 'Embed with another model',
  cluster: 'Find clusters',
  duplicates: 'Find duplicates',
  map: 'Draw the map',
};

/** @param {Job} job */
function outcomeOf({ kind, state, error }) {
  if (state === 'failed') return `${nameOfKind(kind)}: failed. ${error?.message ?? ''}`;
  return `${nameOfKind(kind)}: ${state}.`;
}
