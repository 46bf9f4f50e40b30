/** Labels as numbers, so that millions of comparisons are of integers. */

export type Label = string | number;

/** `numbers` says for each label which of `names` it is; names stand in the order of their first label. */
export type NumberedLabels = { numbers: Int32Array; names: Label[] };

/** Numbers labels from 0 on; one numbering serves several lists when the names of the first are handed to the next. */
export function numberLabels(labels: readonly Label[], names: readonly Label[] = []): NumberedLabels {
  const known = new Map(names.map((name, number) => [name, number]));
  const numbers = Int32Array.from(labels, (label) => {
    const number = known.get(label) ?? known.size;
    known.set(label, number);
    return number;
  });
  return { numbers, names: [...known.keys()] };
}
