/** From which similarity on a neighbour counts as a match: learned from labels, kept with the gallery, used by searches. */
import { z } from 'zod';
import type { Gallery } from './item.ts';

/** `no match` is everything below both thresholds. */
export const MATCHES = ['match', 'maybe', 'no match'] as const;
export type Match = (typeof MATCHES)[number];

/** The least similarity of a match; null where no similarity is high enough. */
const threshold = z.number().nullable();

const thresholds = z.object({
  /** The model whose similarities these are. */
  model: z.string(),
  match: threshold,
  maybe: threshold,
  /** Of the neighbours at and above the threshold at most this share is of another class. */
  falseMatchRate: z.number(),
  maybeRate: z.number(),
  /** Labelled items and neighbours of theirs that they were learned from. */
  items: z.int(),
  pairs: z.int(),
});

export type Thresholds = z.infer<typeof thresholds>;

const SETTING = 'thresholds';

/** The thresholds that hold for the gallery's active model; undefined where there are none for it. */
export function thresholdsOf(gallery: Gallery): Thresholds | undefined {
  const { data } = thresholds.safeParse(gallery.setting(SETTING));
  return data?.model === gallery.model.id ? data : undefined;
}

/** Keeps them with the gallery; undefined takes them away. On disk when it returns. */
export function storeThresholds(gallery: Gallery, learned: Thresholds | undefined): void {
  gallery.setSetting(SETTING, learned);
}

export function matchOf(similarity: number, { match, maybe }: Thresholds): Match {
  if (match !== null && similarity >= match) return 'match';
  return maybe !== null && similarity >= maybe ? 'maybe' : 'no match';
}
