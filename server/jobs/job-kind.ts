/** What a kind of job is: its parameters, as a request states them, and the work. `job-kinds.ts` lists those there are. */
import type { z } from 'zod';
import type { LongWork } from '../../retrieval/progress.ts';
import type { ServedGallery } from '../galleries/galleries.ts';
import type { Models } from '../models/models.ts';

export type JobContext = {
  /** The gallery that the job is for, with its model as it is when the job begins. */
  served: ServedGallery;
  models: Models;
};

export type JobKind<Params extends z.ZodType = z.ZodType> = {
  /** As requests name it, such as `re-embed`. */
  name: string;
  /** What it does, in half a sentence. */
  summary: string;
  /** What stands in a request beside `kind`: an object. */
  params: Params;
  /** Throws at once what would make the job fail anyway, such as `not-found` for a folder; before it is queued. */
  check?: (params: z.output<Params>, context: JobContext) => Promise<void>;
  /**
   * Does the work and returns what it found, as JSON can hold it. It must stop with `interrupted` soon after the signal is
   * aborted, and when it is run again after any end, however sudden, go on where it was or begin anew.
   */
  run: (params: z.output<Params>, context: JobContext, work: Required<LongWork>) => Promise<unknown>;
};

/** Keeps the type of the parameters within a kind; outside of it they are what its schema lets through. */
export function jobKind<Params extends z.ZodType>(kind: JobKind<Params>): JobKind {
  return kind as unknown as JobKind;
}
