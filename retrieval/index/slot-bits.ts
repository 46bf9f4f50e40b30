/** A set of slots as one bit each, in which a slot is looked up a thousand times a millisecond. */
import type { Slot, SlotList } from './vector-index.ts';

export class SlotBits {
  readonly #first: number;
  readonly #bits: Uint32Array;

  /** `slots` ascending. */
  constructor(slots: SlotList) {
    this.#first = slots[0] ?? 0;
    this.#bits = new Uint32Array((((slots.at(-1) ?? 0) - this.#first) >>> 5) + 1);
    for (let i = 0; i < slots.length; i++) {
      const bit = slots[i] - this.#first;
      this.#bits[bit >>> 5] |= 1 << (bit & 31);
    }
  }

  has(slot: Slot): boolean {
    const bit = slot - this.#first;
    return bit >= 0 && bit >>> 5 < this.#bits.length && (this.#bits[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }
}
