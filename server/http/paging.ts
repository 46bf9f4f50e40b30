/** Lists that come in parts by places: `offset` and `limit` go in, and `next`, the offset of the following part, comes out. */
import { z } from 'zod';
import { wholeNumber } from './request-values.ts';

const MOST_OFFSET = 1_000_000;

/** What to ask with; `limit` is how many come unless told. */
export const pageQuery = (limit: number) => ({
  offset: wholeNumber({ min: 0, max: MOST_OFFSET }).default(0).describe('How many to pass over'),
  limit: wholeNumber({ min: 1, max: 1000 }).default(limit),
});

export const nextOffset = z.int().optional().describe('The `offset` of the next page; absent on the last');

/** After `count` of `total` from `offset` on. */
export function nextAfter(offset: number, count: number, total: number): { next?: number } {
  const next = offset + count;
  return next < total ? { next } : {};
}
