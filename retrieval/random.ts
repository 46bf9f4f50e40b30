/** Seeded random numbers: everything random in the project is drawn from a generator that is passed in. */

export type Random = {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number;
};

/**
 * A generator for a seed and, so that independent uses do not share numbers, a path such as `['epoch', 3]`.
 * sfc32 (Doty-Humphrey's PractRand), its state filled by hashing seed and path.
 */
export function seededRandom(seed: number, ...path: (string | number)[]): Random {
  let [a, b, c, d] = hashedState(`${seed}/${path.join('/')}`);
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  const uniform = () => next() / 2 ** 32;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** The items in a random order (Fisher and Yates); the input stays as it is. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

/** The numbers 0 to `count` - 1 in a random order, one at a time: however many are taken, the first are the same. */
export function* shuffledNumbers(count: number, random: Random): Generator<number> {
  // Fisher and Yates, of whose list only those places are kept that are not as they were.
  const moved = new Map<number, number>();
  for (let place = 0; place < count; place++) {
    const other = place + random.integer(count - place);
    yield moved.get(other) ?? other;
    moved.set(other, moved.get(place) ?? place);
    moved.delete(place);
  }
}

/** Four 32-bit words from a text: FNV-1a from four different starts. */
function hashedState(text: string): number[] {
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((start) => {
    let hash = start;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash | 0;
  });
}
