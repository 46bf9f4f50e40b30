/** What an embedding must be before it is written: of the model's length, and a unit vector. */
import { SinterError } from '../errors.ts';
import type { ItemId } from './item.ts';

/** How far the length of a unit vector may be off by rounding. */
const UNIT_TOLERANCE = 1e-3;

type Embedded = { id: ItemId; contentHash: string; vector: Float32Array };

/** Throws `bad-input` naming the item that has no id, no sha256, or an embedding that is not a unit vector of length `dim`. */
export function checkEmbedded({ id, contentHash, vector }: Embedded, dim: number): void {
  const complain = (what: string) => {
    throw new SinterError('bad-input', `Item \`${id}\`: expected ${what}.`);
  };
  if (typeof id !== 'string' || id === '') complain('an id that is not empty');
  if (!/^[0-9a-f]{64}$/.test(contentHash)) complain(`a sha256 in hex as contentHash, got \`${contentHash}\``);
  if (vector.length !== dim) complain(`an embedding of length ${dim}, got ${vector.length}`);
  const length = Math.hypot(...vector);
  if (!(Math.abs(length - 1) <= UNIT_TOLERANCE))
    complain(`an embedding of unit length, got length ${length}`);
}
