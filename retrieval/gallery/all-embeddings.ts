/** Everything that a gallery has embedded by one model, in memory at once: what analyses of a whole gallery begin with. */
import { setImmediate } from 'node:timers/promises';
import type { UnitVectors } from '../cluster/unit-vectors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { Store } from './store.ts';

/** Read between two turns of the event loop. */
const PAGE = 4096;

/** The embeddings by the model, in the order of the items' numbers, and their slots. */
export async function allEmbeddings(store: Store, model: string): Promise<UnitVectors & { slots: Slot[] }> {
  const { dim } = store.embeddings.model(model)!;
  const pages: Float32Array[] = [];
  const slots: Slot[] = [];
  for (let after: number | undefined = 0; after !== undefined; await setImmediate()) {
    const page = store.embeddings.page(model, after, PAGE);
    pages.push(page.vectors);
    slots.push(...page.slots);
    after = page.last;
  }
  const vectors = new Float32Array(slots.length * dim);
  let at = 0;
  for (const page of pages) {
    vectors.set(page, at);
    at += page.length;
  }
  return { vectors, dim, slots };
}
