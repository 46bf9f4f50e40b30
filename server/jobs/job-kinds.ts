/** The kinds of jobs there are. */
import { CLUSTER_JOBS } from './cluster-jobs.ts';
import { indexJob } from './index-job.ts';
import type { JobKind } from './job-kind.ts';
import { reEmbedJob } from './re-embed-job.ts';

export type JobKindsOptions = {
  /** Folders of this machine whose images requests may have indexed. */
  indexRoots: readonly string[];
};

export function jobKinds({ indexRoots }: JobKindsOptions): JobKind[] {
  return [indexJob(indexRoots), reEmbedJob, ...CLUSTER_JOBS];
}
