/** The kinds of jobs there are. */
import { CLUSTER_JOBS } from './cluster-jobs.ts';
import { indexJob } from './index-job.ts';
import type { JobKind } from './job-kind.ts';
import { reEmbedJob } from './re-embed-job.ts';

export type JobKindsOptions = {
  /** Folders of this machine whose images requests may have indexed. */
  indexRoots: readonly string[];
  /** Index SVG files too. */
  allowSvg: boolean;
};

export function jobKinds({ indexRoots, allowSvg }: JobKindsOptions): JobKind[] {
  return [indexJob(indexRoots, allowSvg), reEmbedJob, ...CLUSTER_JOBS];
}
