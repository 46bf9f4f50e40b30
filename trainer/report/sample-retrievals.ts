/** A few queries to look at: some that found their class, and those that missed it by most. */
import type { Neighbours } from '../../retrieval/metrics/nearest-neighbours.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';
import { cosine } from '../../retrieval/report/cosine.ts';
import type { Retrieval } from '../../retrieval/report/retrieval-list.ts';
import type { Judged } from './run-report.ts';

export type SampleRetrievals = { hits: Retrieval[]; misses: Retrieval[] };

const HITS = 4;
const MISSES = 6;

/**
 * @param neighbours of the queries, with the positions of references (or queries) as indices.
 * @returns hits drawn by chance, and the misses whose own class comes latest; one a class where there are enough.
 */
export function sampleRetrievals(judged: Judged, neighbours: Neighbours, random: Random): SampleRetrievals {
  const isHit = (retrieval: Retrieval) => retrieval.neighbours[0]?.isHit === true;
  const all = judged.queries.map((_, query) => retrievalOf(judged, neighbours, query));
  const misses = all
    .filter((retrieval) => !isHit(retrieval))
    .map((retrieval) => ({ ...retrieval, ...placeOfFirstHit(judged, retrieval.query) }))
    .filter(({ firstHit }) => firstHit !== undefined)
    .sort((a, b) => (b.firstHit ?? 0) - (a.firstHit ?? 0));
  const hits = shuffled(all.filter(isHit), random).map((retrieval) => ({ ...retrieval, firstHit: 1 }));
  return { hits: ofDifferentClasses(hits, judged, HITS), misses: ofDifferentClasses(misses, judged, MISSES) };
}

function retrievalOf(judged: Judged, { k, indices, similarities }: Neighbours, row: number): Retrieval {
  const { images, queries, references = queries } = judged;
  const query = queries[row];
  return {
    query,
    neighbours: Array.from({ length: k }, (_, rank) => {
      const image = references[indices[row * k + rank]];
      const isHit = images[image].label === images[query].label;
      return { image, similarity: similarities[row * k + rank], isHit };
    }),
  };
}

function placeOfFirstHit(judged: Judged, query: number): { firstHit?: number } {
  const { images, queries, references = queries } = judged;
  const others = references.filter((other) => other !== query);
  const similarities = others.map((other) => cosine(judged, query, other));
  const own = similarities.filter((_, i) => images[others[i]].label === images[query].label);
  if (own.length === 0) return {};
  const best = Math.max(...own);
  return { firstHit: 1 + similarities.filter((value) => value > best).length };
}

/** The first `count`, one a class; the classes' next ones only where that is too few. */
function ofDifferentClasses(retrievals: Retrieval[], { images }: Judged, count: number): Retrieval[] {
  const seen = new Set<string>();
  const isFirst = ({ query }: Retrieval) => {
    const { label } = images[query];
    return !seen.has(label) && Boolean(seen.add(label));
  };
  const firsts = retrievals.filter(isFirst);
  const rest = retrievals.filter((retrieval) => !firsts.includes(retrieval));
  return [...firsts, ...rest].slice(0, count);
}
