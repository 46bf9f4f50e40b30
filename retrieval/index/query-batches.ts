/**
 * Puts queries that wait for a thread into one message: the way there and back costs a fifth of a search by itself.
 * A query that comes alone is sent at once.
 */
import { type PackedNeighbours, unpackNeighbours } from './packed-neighbours.ts';
import type { Neighbour } from './vector-index.ts';

/** Enough for the way to be cheap, and few enough that the first of them does not wait long for the last. */
const MOST_QUERIES = 16;
/** One that is computed, and one that lies ready for when it is done. */
const MOST_UNDER_WAY = 2;

type Send = (queries: Float32Array, ks: number[]) => Promise<PackedNeighbours>;
type Waiting = {
  query: Float32Array;
  k: number;
  resolve: (neighbours: Neighbour[]) => void;
  reject: (error: Error) => void;
};

export class QueryBatches {
  readonly #dim: number;
  readonly #send: Send;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #isFlushing = false;

  constructor(dim: number, send: Send) {
    this.#dim = dim;
    this.#send = send;
  }

  search(query: Float32Array, k: number): Promise<Neighbour[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, k, resolve, reject });
      if (this.#isFlushing) return;
      this.#isFlushing = true;
      // Those that come in the same turn of the event loop go together.
      queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    this.#isFlushing = false;
    while (this.#waiting.length > 0 && this.#underWay < MOST_UNDER_WAY) {
      void this.#sendBatch(this.#waiting.splice(0, MOST_QUERIES));
    }
  }

  async #sendBatch(batch: Waiting[]): Promise<void> {
    this.#underWay++;
    try {
      const queries = new Float32Array(batch.length * this.#dim);
      batch.forEach(({ query }, i) => {
        queries.set(query, i * this.#dim);
      });
      const answers = unpackNeighbours(
        await this.#send(
          queries,
          batch.map(({ k }) => k),
        ),
      );
      batch.forEach(({ resolve }, i) => {
        resolve(answers[i]);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
    this.#underWay--;
    this.#flush();
  }
}
