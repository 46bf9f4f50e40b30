/** The contract of a vector index: unit vectors under slot numbers, searched by cosine similarity. */
import { SinterError } from '../errors.ts';

/** A position in an index: a positive integer that is never used twice. Not an item's id. */
export type Slot = number & { readonly brand: 'slot' };

/** `similarity` is the cosine, -1 to 1, higher is closer. */
export type Neighbour = { slot: Slot; similarity: number };

/** Slots ascending, each once; in shared memory where they go to another thread often. */
export type SlotList = Float64Array;

export interface VectorIndex {
  readonly dim: number;
  /** How many vectors can be found. */
  size(): number;
  /** Adds vectors, float32 [slots.length, dim] of unit length; a slot that is there already is replaced. */
  add(slots: Slot[], vectors: Float32Array): Promise<void>;
  /** Removes slots; those that are not there are ignored. */
  remove(slots: Slot[]): Promise<void>;
  /** The min(k, size) nearest, most similar first; ties by lower slot. With `only`, of these slots as many as are there. */
  search(query: Float32Array, k: number, only?: SlotList): Promise<Neighbour[]>;
  /** All slots that can be found, ascending. */
  slots(): Promise<Slot[]>;
  close(): Promise<void>;
}

/** Throws `bad-input` unless `vectors` holds `count` vectors of length `dim`. */
export function expectVectors(dim: number, count: number, vectors: Float32Array): void {
  if (vectors.length === count * dim) return;
  const expected = count === 1 ? `a vector of length ${dim}` : `${count} vectors of length ${dim}`;
  throw new SinterError('bad-input', `Expected ${expected}, got ${vectors.length} numbers.`);
}
