/** The table of gradient rules by operator. A new operator is a function of its name in a file of `rules/`. */
import type { Rule } from './rule.ts';
import * as activations from './rules/activations.ts';
import * as convolution from './rules/convolution.ts';
import * as einsum from './rules/einsum.ts';
import * as elementwise from './rules/elementwise.ts';
import * as indexing from './rules/indexing.ts';
import * as layout from './rules/layout.ts';
import * as matrixProduct from './rules/matrix-product.ts';
import * as normalization from './rules/normalization.ts';
import { AveragePool, GlobalAveragePool, MaxPool } from './rules/pooling.ts';
import * as reduction from './rules/reduction.ts';
import * as softmax from './rules/softmax.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  ...activations,
  ...convolution,
  ...einsum,
  ...elementwise,
  ...indexing,
  ...layout,
  ...matrixProduct,
  ...normalization,
  AveragePool,
  GlobalAveragePool,
  MaxPool,
  ...reduction,
  ...softmax,
};

/** Operators of which every output carries a gradient; of all others only the first does, their further ones being statistics, indices or masks. */
export const EVERY_OUTPUT_HAS_GRADIENT: ReadonlySet<string> = new Set(['Split']);
