/** How compact classes are in an embedding, in angles, since directions are what a normalised softmax compares. */

/**
 * The mean angle between a vector and the mean direction of its class, in degrees from 0 to 180.
 * @param vectors float32 [labels.length, dim], none of them zero.
 */
export function spreadWithinClasses(vectors: Float32Array, labels: Int32Array): number {
  const dim = vectors.length / labels.length;
  const units = Array.from(labels, (_, i) => unit(vectors.subarray(i * dim, (i + 1) * dim)));
  const sums = new Map<number, number[]>();
  for (const [i, label] of labels.entries()) {
    const sum = sums.get(label) ?? new Array<number>(dim).fill(0);
    sums.set(
      label,
      sum.map((value, axis) => value + units[i][axis]),
    );
  }
  const means = new Map([...sums].map(([label, sum]) => [label, unit(sum)]));
  const angles = units.map((vector, i) => angle(vector, means.get(labels[i]) as number[]));
  return angles.reduce((total, degrees) => total + degrees, 0) / angles.length;
}

function unit(vector: ArrayLike<number>): number[] {
  const length = Math.hypot(...Array.from(vector));
  return Array.from(vector, (value) => value / length);
}

/** Between unit vectors, in degrees; rounding may bring their product beyond ±1. */
function angle(a: number[], b: number[]): number {
  const product = a.reduce((sum, value, axis) => sum + value * b[axis], 0);
  return (Math.acos(Math.min(1, Math.max(-1, product))) * 180) / Math.PI;
}
