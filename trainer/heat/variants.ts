/** The paper's variants of softmax (arXiv 1809.04157, section 3): how features meet class weights, and whether they are heated up. */

export type Variant = 'sm' | 'ln' | 'bn' | 'hln' | 'hbn';

export type VariantRule = {
  title: string;
  /**
   * `none`: logits fᵀw + b. `l2`: α·f̂ᵀŵ + b, features and weights of unit length.
   * `batch`: (α/√d)·BN(f)ᵀŵ + b, BN with a learned shift and no learned scale.
   */
  normalisation: 'none' | 'l2' | 'batch';
  /** Whether training ends with a smaller α and learning rate. */
  heated: boolean;
  /** α = 1/temperature at the start, when none is given. */
  alpha: number;
};

export const VARIANTS: Readonly<Record<Variant, VariantRule>> = {
  sm: { title: 'softmax', normalisation: 'none', heated: false, alpha: 1 },
  ln: { title: 'l2-normalised softmax', normalisation: 'l2', heated: false, alpha: 16 },
  bn: { title: 'batch-normalised softmax', normalisation: 'batch', heated: false, alpha: 16 },
  hln: {
    title: 'heated-up l2-normalised softmax',
    normalisation: 'l2',
    heated: true,
    alpha: 16,
  },
  hbn: {
    title: 'heated-up batch-normalised softmax',
    normalisation: 'batch',
    heated: true,
    alpha: 16,
  },
};
