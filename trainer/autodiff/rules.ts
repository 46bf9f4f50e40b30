/** The table of gradient rules by operator. A new operator is a function in `rules/` and a line here. */
import type { Rule } from './rule.ts';
import { Conv } from './rules/convolution.ts';
import { Add, Div, Exp, Identity, Log, Mul, Neg, Relu, Sqrt, Sub } from './rules/elementwise.ts';
import { Flatten, Reshape, Transpose } from './rules/layout.ts';
import { Gemm, MatMul } from './rules/matrix-product.ts';
import { BatchNormalization } from './rules/normalization.ts';
import { AveragePool, GlobalAveragePool, MaxPool } from './rules/pooling.ts';
import { LogSoftmax, ReduceMean, ReduceSum } from './rules/reduction.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  Add,
  AveragePool,
  BatchNormalization,
  Conv,
  Div,
  Exp,
  Flatten,
  Gemm,
  GlobalAveragePool,
  Identity,
  Log,
  LogSoftmax,
  MatMul,
  MaxPool,
  Mul,
  Neg,
  ReduceMean,
  ReduceSum,
  Relu,
  Reshape,
  Sqrt,
  Sub,
  Transpose,
};
