/** The table of gradient rules by operator. A new operator is a function of its name in a file of `rules/`. */
import type { Rule } from './rule.ts';
import * as activations from './rules/activations.ts';
import * as attention from './rules/attention.ts';
import * as convolution from './rules/convolution.ts';
import * as einsum from './rules/einsum.ts';
import * as elementwise from './rules/elementwise.ts';
import * as indexing from './rules/indexing.ts';
import * as layerNormalization from './rules/layer-normalization.ts';
import * as layout from './rules/layout.ts';
import * as matrixProduct from './rules/matrix-product.ts';
import * as normalization from './rules/normalization.ts';
import * as norms from './rules/norms.ts';
import * as padding from './rules/padding.ts';
import * as pooling from './rules/pooling.ts';
import * as reduction from './rules/reduction.ts';
import * as resizing from './rules/resizing.ts';
import * as responseNormalization from './rules/response-normalization.ts';
import * as rotaryEmbedding from './rules/rotary-embedding.ts';
import * as softmax from './rules/softmax.ts';
import * as space from './rules/space.ts';
import * as transposedConvolution from './rules/transposed-convolution.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  ...activations,
  ...attention,
  ...convolution,
  ...einsum,
  ...elementwise,
  ...indexing,
  ...layerNormalization,
  ...layout,
  ...matrixProduct,
  ...normalization,
  ...norms,
  ...padding,
  ...pooling,
  ...reduction,
  ...resizing,
  ...responseNormalization,
  ...rotaryEmbedding,
  ...softmax,
  ...space,
  ...transposedConvolution,
};

/** Operators of which every output carries a gradient; of all others only the first does, their further ones being statistics, indices or masks. */
export const EVERY_OUTPUT_HAS_GRADIENT: ReadonlySet<string> = new Set(['Split']);
