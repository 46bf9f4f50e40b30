/**
 * A vector index that follows the embeddings of one model in the database: by each change told, or by comparing all slots.
 * Slots are never used twice, so having the same slots is having the same vectors.
 */
import type { Slot, VectorIndex } from '../index/vector-index.ts';
import { createTurns } from '../threads/in-turn.ts';
import type { EmbeddingStore, SlotChange } from './embedding-store.ts';

/** Vectors that are read and handed on together, so that a large gallery never lies in memory twice. */
const BATCH = 4096;

export class Follower {
  readonly index: VectorIndex;
  readonly #store: EmbeddingStore;
  readonly #model: string;
  readonly #held: Set<Slot>;
  readonly #inTurn = createTurns();

  /** `held`: the slots that the index has already. */
  constructor(store: EmbeddingStore, model: string, index: VectorIndex, held: Slot[]) {
    this.#store = store;
    this.#model = model;
    this.index = index;
    this.#held = new Set(held);
  }

  /** Brings a change of the database, already committed, into the index. */
  apply({ added, gone }: SlotChange): Promise<void> {
    return this.#inTurn(async () => {
      await this.#add(added.filter((slot) => !this.#held.has(slot)));
      await this.#remove(gone);
    });
  }

  /** Compares all slots, adds those that are missing and removes those that are gone; says how many. */
  reconcile(): Promise<{ added: number; gone: number }> {
    return this.#inTurn(async () => {
      const current = this.#store.slots(this.#model);
      const isCurrent = new Set(current);
      const missing = current.filter((slot) => !this.#held.has(slot));
      const gone = [...this.#held].filter((slot) => !isCurrent.has(slot));
      await this.#add(missing);
      await this.#remove(gone);
      return { added: missing.length, gone: gone.length };
    });
  }

  /** Does `work` when the changes told so far are in, before later ones. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(work);
  }

  /** Ends the index once the changes told so far are in. */
  close(): Promise<void> {
    return this.#inTurn(() => this.index.close());
  }

  /** Slots of other models are passed over. Vectors are read here and not taken from the change, so that a slot that went meanwhile does not come back. */
  async #add(slots: Slot[]): Promise<void> {
    for (let from = 0; from < slots.length; from += BATCH) {
      const found = this.#store.ofSlots(slots.slice(from, from + BATCH), this.#model);
      await this.index.add(found.slots, found.vectors);
      for (const slot of found.slots) this.#held.add(slot);
    }
  }

  async #remove(slots: Slot[]): Promise<void> {
    const held = slots.filter((slot) => this.#held.has(slot));
    if (held.length === 0) return;
    await this.index.remove(held);
    for (const slot of held) this.#held.delete(slot);
  }
}
