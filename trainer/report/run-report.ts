/** What the report of a run is made from. Knows nothing of how it looks. */
import type { Embeddings, Sides } from '../../retrieval/report/judged.ts';
import type { EpochRecord } from '../events.ts';
import type { ProtocolName } from '../validation/validation.ts';

export type RunReport = {
  /** The model's name. */
  title: string;
  /** Of recipe and data, in the order in which they are shown. */
  facts: readonly (readonly [name: string, value: string])[];
  /** What training was worth, said in whole sentences. */
  sentences: readonly string[];
  warnings: readonly string[];
  /** The start and every epoch. */
  history: readonly EpochRecord[];
  /** The epoch whose values became the model. */
  keptEpoch: number;
  /** How many epochs had gone by when the run was heated up, as in `HeatSchedule`; absent or beyond the last epoch where it was not. */
  heatUpEpoch?: number;
  /** One a protocol. The line of the frozen backbone among the epochs means something only if these are the images that every epoch was judged on. */
  judged: readonly Judged[];
};

/** Images that training did not see, as the trained model and the frozen backbone embed them. */
export type Judged = {
  /** `open`: of classes that training never saw; `closed`: of those trained on. */
  protocol: ProtocolName;
} & Sides &
  Embeddings & {
    /** Of the frozen backbone; a network from nothing has none. */
    untrained?: Embeddings;
  };
