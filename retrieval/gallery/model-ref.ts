/** A model as a gallery knows it: not the bundle, but what tells it apart and where it is. */

export type ModelRef = {
  /** The sha256 of its graph. */
  id: string;
  /** Numbers in an embedding. */
  dim: number;
  /** Absolute path of its bundle. */
  folder: string;
  /** For people; default the last part of `folder`. */
  name?: string;
};

/** A model that a gallery has embeddings of. */
export type ModelState = Required<ModelRef> & {
  /** How many of the items have an embedding of it. */
  embedded: number;
  /** Whether searches use it; exactly one is active. */
  active: boolean;
};
