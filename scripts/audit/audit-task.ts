/** What an audit from the command line is asked for, and what it answers. */
import type { Gate } from '../../retrieval/audit/gate.ts';
import type { ClusterJudgement } from '../../retrieval/audit/judge-clusters.ts';
import type { SetReport } from '../../retrieval/audit/report/set-report.ts';
import type { WorstQuery } from '../../retrieval/audit/worst-queries.ts';
import type { BenchmarkId, Protocol } from '../../retrieval/dataset/benchmarks/benchmark.ts';
import type { OpenModelOptions } from '../../retrieval/model/open-model.ts';

/** Labelled images by the path that a user gives, or queries and references by one each. */
export type AuditData =
  | { path: string; benchmark?: BenchmarkId; protocol?: Protocol }
  | { queries: string; references: string };

export type AuditTask = {
  /** Folder of the bundle, or the ONNX file of a backbone. */
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
  /** Where the report is written. */
  report?: string;
  seed: number;
  embedding: OpenModelOptions;
};

export const DEFAULT_KS = [1, 2, 4, 8] as const;

/** One data set audited. Figures of clusters are among `figures`. */
export type SetAnswer = SetReport & {
  clusters?: Omit<ClusterJudgement, 'figures' | 'sample'>;
  worst: WorstQuery[];
};

/** The first set, with the second one beside it as `open` where queries and references were audited before DATA. */
export type AuditAnswer = SetAnswer & {
  model: { id: string; name: string; dim: number };
  open?: SetAnswer;
  /** Whether every gate is kept. */
  passed: boolean;
  /** Where the report was written. */
  report?: string;
};
