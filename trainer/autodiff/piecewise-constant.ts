/** Operators through which no gradient flows: their outputs stay the same when inputs change a little, or have no element type that could. */
import { type Node, plainAttributes } from '../onnx/graph.ts';
import { DTYPE_CODES } from '../onnx/tensor.ts';

const ROUNDING = ['Ceil', 'Floor', 'Round', 'Sign'];
const COMPARISON = ['Equal', 'Greater', 'GreaterOrEqual', 'IsInf', 'IsNaN', 'Less', 'LessOrEqual'];
const LOGIC = ['And', 'BitShift', 'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor', 'Not', 'Or', 'Xor'];
const POSITION = ['ArgMax', 'ArgMin', 'Hardmax', 'NonZero'];
/** From shapes, labels or chance. */
const MADE_ANEW = [
  ...['Bernoulli', 'Constant', 'ConstantOfShape', 'EyeLike', 'Multinomial', 'OneHot', 'RandomNormal'],
  ...['RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Range', 'Shape', 'Size'],
];

const PIECEWISE_CONSTANT = new Set([...ROUNDING, ...COMPARISON, ...LOGIC, ...POSITION, ...MADE_ANEW]);

const FLOATING_POINT = new Set<number>([DTYPE_CODES.float16, DTYPE_CODES.float32, DTYPE_CODES.float64]);

/** Whether the node's outputs have no gradient to pass on; casts to integers are among such nodes. */
export function isPiecewiseConstant(node: Node): boolean {
  if (node.domain !== '') return false;
  if (node.op !== 'Cast') return PIECEWISE_CONSTANT.has(node.op);
  return !FLOATING_POINT.has(plainAttributes<{ to: number }>(node).to as number);
}
