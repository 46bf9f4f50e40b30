/** Tensors with ONNX's element types, and how their bytes lie in a model file. Knows nothing of graphs. */
import { SinterError } from '../../retrieval/errors.ts';

/** ONNX element types by name; the number is `TensorProto.DataType` of the ONNX specification. */
export const DTYPE_CODES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;

export type DType = keyof typeof DTYPE_CODES;

export type TensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense tensor in row-major order; float16 keeps its bits in uint16, bool its 0 and 1 in uint8. */
export type Tensor = { dtype: DType; dims: number[]; data: TensorData };

const ARRAYS = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const;

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A float32 tensor of the given values; without `dims` a vector, or a scalar for a single number. */
export function floats(values: ArrayLike<number> | number, dims?: number[]): Tensor {
  return tensor('float32', typeof values === 'number' ? Float32Array.of(values) : Float32Array.from(values), [
    ...(dims ?? (typeof values === 'number' ? [] : [values.length])),
  ]);
}

/** An int64 tensor of the given values; without `dims` a vector, or a scalar for a single number. */
export function ints(values: readonly number[] | number, dims?: number[]): Tensor {
  const list = typeof values === 'number' ? [values] : values;
  return tensor(
    'int64',
    BigInt64Array.from(list, BigInt),
    dims ?? (typeof values === 'number' ? [] : [list.length]),
  );
}

/** A float32 tensor of zeros. */
export function zeros(dims: number[]): Tensor {
  return tensor('float32', new Float32Array(elementCount(dims)), dims);
}

/** A tensor over `data`; throws where the number of elements does not fit the shape. */
export function tensor(dtype: DType, data: TensorData, dims: number[]): Tensor {
  if (data.length !== elementCount(dims))
    throw new SinterError(
      'bad-model',
      `Expected ${elementCount(dims)} elements for the shape [${dims}], got ${data.length}.`,
    );
  return { dtype, dims, data };
}

/** The name of an ONNX element type code; throws `unsupported` for strings, bfloat16 and the narrow types. */
export function dtypeOfCode(code: number, where: string): DType {
  const found = Object.entries(DTYPE_CODES).find(([, value]) => value === code);
  if (!found)
    throw new SinterError(
      'unsupported',
      `Element type ${code} of ${where} is not supported; supported are ${Object.keys(DTYPE_CODES).join(', ')}.`,
    );
  return found[0] as DType;
}

/** A tensor over little-endian bytes as model files hold them; copies only where the bytes are not aligned. */
export function tensorOfBytes(dtype: DType, bytes: Uint8Array, dims: number[]): Tensor {
  const ArrayType = ARRAYS[dtype];
  const aligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  const length = bytes.byteLength / ArrayType.BYTES_PER_ELEMENT;
  if (!Number.isInteger(length))
    throw new SinterError('bad-model', `${bytes.byteLength} bytes are no whole number of ${dtype} elements.`);
  return tensor(dtype, new ArrayType(aligned.buffer as ArrayBuffer, aligned.byteOffset, length), dims);
}

/** Tensors of one type and shape one after the other along a new first axis. */
export function stackTensors(tensors: readonly Tensor[]): Tensor {
  const [{ dtype, dims, data }] = tensors as [Tensor];
  const bytes = new Uint8Array(data.byteLength * tensors.length);
  for (const [i, one] of tensors.entries()) bytes.set(bytesOfTensor(one), i * data.byteLength);
  return tensorOfBytes(dtype, bytes, [tensors.length, ...dims]);
}

export function bytesPerElement(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** The tensor's bytes, little-endian, without copying. */
export function bytesOfTensor({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
