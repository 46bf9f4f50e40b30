import { beforeAll, describe, expect, test } from 'vitest';
import { type GradientCase, type GradientErrors, measureGradients } from './check-gradients.test-helper.ts';
import { ACTIVATION_CASES } from './rules/activations-cases.test-helper.ts';
import { ATTENTION_CASES } from './rules/attention-cases.test-helper.ts';
import { CONVOLUTION_CASES } from './rules/convolution-cases.test-helper.ts';
import { EINSUM_CASES } from './rules/einsum-cases.test-helper.ts';
import { ELEMENTWISE_CASES } from './rules/elementwise-cases.test-helper.ts';
import { INDEXING_CASES } from './rules/indexing-cases.test-helper.ts';
import { LAYER_NORMALIZATION_CASES } from './rules/layer-normalization-cases.test-helper.ts';
import { LAYOUT_CASES } from './rules/layout-cases.test-helper.ts';
import { MATRIX_PRODUCT_CASES } from './rules/matrix-product-cases.test-helper.ts';
import { NORMALIZATION_CASES } from './rules/normalization-cases.test-helper.ts';
import { NORM_CASES } from './rules/norms-cases.test-helper.ts';
import { PADDING_CASES } from './rules/padding-cases.test-helper.ts';
import { POOLING_CASES } from './rules/pooling-cases.test-helper.ts';
import { REDUCTION_CASES } from './rules/reduction-cases.test-helper.ts';
import { RESIZING_CASES } from './rules/resizing-cases.test-helper.ts';
import { RESPONSE_NORMALIZATION_CASES } from './rules/response-normalization-cases.test-helper.ts';
import { ROTARY_EMBEDDING_CASES } from './rules/rotary-embedding-cases.test-helper.ts';
import { SOFTMAX_CASES } from './rules/softmax-cases.test-helper.ts';
import { SPACE_CASES } from './rules/space-cases.test-helper.ts';
import { TRANSPOSED_CONVOLUTION_CASES } from './rules/transposed-convolution-cases.test-helper.ts';
import { RULES } from './rules.ts';

/** Largest relative error of a gradient, as ‖ours − reference‖/‖reference‖: finite differences are coarse, tfjs is only rounded otherwise. */
const TOLERANCE = { differences: 1e-3, autodiff: 1e-5 };

const CASES: Record<string, GradientCase[]> = {
  ...ACTIVATION_CASES,
  ...EINSUM_CASES,
  ...ELEMENTWISE_CASES,
  ...INDEXING_CASES,
  ...SOFTMAX_CASES,
  ...LAYOUT_CASES,
  ...MATRIX_PRODUCT_CASES,
  ...REDUCTION_CASES,
  ...NORMALIZATION_CASES,
  ...ATTENTION_CASES,
  ...CONVOLUTION_CASES,
  ...POOLING_CASES,
  ...LAYER_NORMALIZATION_CASES,
  ...NORM_CASES,
  ...PADDING_CASES,
  ...RESIZING_CASES,
  ...RESPONSE_NORMALIZATION_CASES,
  ...ROTARY_EMBEDDING_CASES,
  ...SPACE_CASES,
  ...TRANSPOSED_CONVOLUTION_CASES,
};

let errors: Map<string, GradientErrors>;

/** Hundreds of cases take about 20 seconds of one core, and longer where others use it. */
const PATIENCE_MS = 240_000;

beforeAll(async () => {
  errors = await measureGradients(Object.values(CASES).flat());
}, PATIENCE_MS);

test('every rule has cases', () => {
  const checked = Object.keys(CASES).filter((op) => CASES[op].length > 0);
  expect(checked.sort()).toEqual(Object.keys(RULES).sort());
});

describe.each(Object.keys(CASES))('%s has the gradient of finite differences and of tfjs', (op) => {
  test.each(CASES[op].map(({ name }) => name))('%s', (name) => {
    const { differences, autodiff } = errors.get(name) as GradientErrors;
    for (const error of differences) expect(error).toBeLessThan(TOLERANCE.differences);
    for (const error of autodiff) expect(error).toBeLessThan(TOLERANCE.autodiff);
  });
});
