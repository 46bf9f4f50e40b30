/** Which classes are found again and which are taken for each other, from the nearest neighbours. */

/** What was asked for and what came: one entry a query. */
export type Answers = {
  /** The class of each query. */
  asked: readonly string[];
  /** The class of its nearest neighbour. */
  answered: readonly string[];
};

export type ClassRecall = { label: string; hits: number; queries: number };

/** Two classes, in the order of their names. */
export type Confusion = {
  labels: [string, string];
  /** Queries of either whose nearest neighbour is of the other. */
  times: number;
  /** Queries of both. */
  queries: number;
};

/** Recall@1 of every class that has queries, from the best down; among equals the one with more queries first, then by name. */
export function classRecalls({ asked, answered }: Answers): ClassRecall[] {
  const classes = new Map<string, ClassRecall>();
  asked.forEach((label, query) => {
    const known = classes.get(label) ?? { label, hits: 0, queries: 0 };
    const hits = known.hits + Number(answered[query] === label);
    classes.set(label, { label, hits, queries: known.queries + 1 });
  });
  return [...classes.values()].sort(
    (a, b) => b.hits / b.queries - a.hits / a.queries || b.queries - a.queries || byName(a.label, b.label),
  );
}

/** Pairs of classes that are taken for each other at least once, from the most often down. */
export function confusions({ asked, answered }: Answers): Confusion[] {
  const queriesOf = new Map(classRecalls({ asked, answered }).map(({ label, queries }) => [label, queries]));
  const pairs = new Map<string, Confusion>();
  asked.forEach((label, query) => {
    const other = answered[query];
    if (other === label) return;
    const labels: [string, string] = byName(label, other) < 0 ? [label, other] : [other, label];
    const key = JSON.stringify(labels);
    const queries = (queriesOf.get(label) ?? 0) + (queriesOf.get(other) ?? 0);
    pairs.set(key, { labels, times: (pairs.get(key)?.times ?? 0) + 1, queries });
  });
  return [...pairs.values()].sort(
    (a, b) => b.times - a.times || a.queries - b.queries || byName(a.labels.join('\n'), b.labels.join('\n')),
  );
}

/** By code units, so that the order is the same everywhere. */
function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
