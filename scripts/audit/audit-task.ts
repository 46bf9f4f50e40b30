/** What an audit from the command line is asked for, and what it answers. */
import type { Ablation } from '../../retrieval/audit/ablate.ts';
import type { AuditReport } from '../../retrieval/audit/audit.ts';
import type { Comparison } from '../../retrieval/audit/compare.ts';
import type { LeakReport } from '../../retrieval/audit/find-leaks.ts';
import type { Gate, GateResult } from '../../retrieval/audit/gate.ts';
import type { ClusterJudgement } from '../../retrieval/audit/judge-clusters.ts';
import type { IndexJudgement } from '../../retrieval/audit/judge-index.ts';
import type { WorstQuery } from '../../retrieval/audit/worst-queries.ts';
import type { Protocol } from '../../retrieval/dataset/benchmarks/benchmark.ts';
import type { OpenModelOptions } from '../../retrieval/model/open-model.ts';

/** Labelled images by the path that a user gives, or queries and references by one each. */
export type AuditData = { path: string; protocol?: Protocol } | { queries: string; references: string };

export type AuditTask = {
  /** Folder of the bundle. */
  model: string;
  /** One or more, each audited by itself. */
  data: readonly AuditData[];
  /** Numbers of neighbours; absent for those of the benchmark, or DEFAULT_KS. */
  ks?: readonly number[];
  /** Folders of bundles that it is compared with. */
  against: readonly string[];
  gates: readonly Gate[];
  /** How many of the worst queries are told. */
  worst: number;
  /** Whether classes are looked for as clusters. */
  clusters: boolean;
  /** Whether images of training are looked for in the test: of the data set that the bundle names, or of this one. */
  leaks?: true | string;
  /** Whether the index of a gallery is compared with the truth. */
  index: boolean;
  /** Whether smaller embeddings are tried. */
  ablate: boolean;
  seed: number;
  embedding: OpenModelOptions;
};

export const DEFAULT_KS = [1, 2, 4, 8] as const;

/** One data set audited. Figures of clusters are among `figures`. */
export type SetAnswer = AuditReport & {
  /** As the user named it. */
  data: string;
  /** The published benchmark that it is. */
  benchmark?: string;
  clusters?: Omit<ClusterJudgement, 'figures'>;
  worst: WorstQuery[];
  /** By the folder of the other model. */
  comparisons: Record<string, Comparison>;
  gates: GateResult[];
  leaks?: LeakReport;
  index?: IndexJudgement;
  ablations?: Ablation[];
};

/** The first set, with the second one beside it as `open` where queries and references were audited before DATA. */
export type AuditAnswer = SetAnswer & {
  model: { id: string; name: string; dim: number };
  open?: SetAnswer;
  /** Whether every gate is kept. */
  passed: boolean;
};
