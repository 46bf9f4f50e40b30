/** The queries of an audit that fail worst: their own class comes latest, and they are surest of another. */
import type { Audited } from './audit.ts';

export type FoundImage = { id: string; path: string; label: string; similarity: number; isHit: boolean };

export type WorstQuery = {
  id: string;
  path: string;
  label: string;
  /** The rank of the first image of its class; absent where none of those looked at is. */
  firstMatch?: number;
  /** Its nearest neighbours, nearest first. */
  neighbours: FoundImage[];
};

/**
 * The `count` worst of the queries that something can match, by the rank of the first match from the latest on, then by
 * the similarity of the wrong neighbour that comes first.
 */
export function worstQueries({ sides, queryFigures, neighbours }: Audited, count: number): WorstQuery[] {
  const { firstMatch, classSizes } = queryFigures;
  const missed = Array.from(firstMatch.keys()).filter(
    (query) => firstMatch[query] !== 1 && (classSizes[query] as number) > 0,
  );
  const rank = (query: number) => firstMatch[query] || Number.MAX_SAFE_INTEGER;
  const confidence = (query: number) => neighbours.of(query)[0]?.similarity ?? 0;
  missed.sort((a, b) => rank(b) - rank(a) || confidence(b) - confidence(a) || a - b);
  const references = (sides.references ?? sides.queries).images;
  return missed.slice(0, count).map((query) => {
    const { id, path, label } = sides.queries.images[query] as (typeof references)[number];
    return {
      id,
      path,
      label,
      ...(firstMatch[query] && { firstMatch: firstMatch[query] }),
      neighbours: neighbours.of(query).map(({ index, similarity }) => {
        const found = references[index] as (typeof references)[number];
        return {
          id: found.id,
          path: found.path,
          label: found.label,
          similarity,
          isHit: found.label === label,
        };
      }),
    };
  });
}
