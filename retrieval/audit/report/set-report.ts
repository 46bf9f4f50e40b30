/** What a report of an audit is made from. Knows nothing of how it looks. */
import type { Ablation } from '../ablate.ts';
import type { Audited, AuditReport } from '../audit.ts';
import type { Comparison } from '../compare.ts';
import type { LeakReport } from '../find-leaks.ts';
import type { GateResult } from '../gate.ts';
import type { IndexJudgement } from '../judge-index.ts';

/** One data set audited, with whatever was asked for besides. */
export type SetReport = AuditReport & {
  /** As the user named it. */
  data: string;
  /** The published benchmark that it is. */
  benchmark?: string;
  /** By the folder of the other model. */
  comparisons: Record<string, Comparison>;
  gates: GateResult[];
  leaks?: LeakReport;
  index?: IndexJudgement;
  ablations?: Ablation[];
};

export type ReportedSet = {
  report: SetReport;
  audited: Audited;
  /** Recall at every number of neighbours from 1 on, of the models that it was compared with, by their folders. */
  otherCurves: Record<string, number[]>;
};

export type ReportedAudit = {
  model: { name: string; id: string; dim: number };
  sets: readonly ReportedSet[];
};
