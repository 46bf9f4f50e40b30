/** Tensors of model files: their values lie in a field of their type, as raw bytes, or in a file beside the model. */
import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import type { TensorMessage } from '../../retrieval/onnx/onnx-schema.ts';
import {
  bytesOfTensor,
  DTYPE_CODES,
  type DType,
  dtypeOfCode,
  type Tensor,
  type TensorData,
  tensor,
  tensorOfBytes,
} from './tensor.ts';

/** `TensorProto.DataLocation` of the ONNX specification. */
const EXTERNAL = 1;

/**
 * The tensor in a message of the model at `path`; raw bytes are not copied where they are aligned.
 * @throws SinterError `bad-model`, naming tensor and file, where the values are missing or too few or too many.
 */
export function tensorOf(message: TensorMessage, path: string): Tensor {
  const where = `the tensor "${message.name ?? ''}" in ${path}`;
  const dtype = dtypeOfCode(message.dataType ?? 0, where);
  const dims = (message.dims ?? []).map(Number);
  const external = message.dataLocation === EXTERNAL ? externalBytes(message, path, where) : undefined;
  try {
    const bytes = external ?? message.rawData;
    return bytes ? tensorOfBytes(dtype, bytes, dims) : tensor(dtype, typedData(message, dtype), dims);
  } catch (error) {
    const from = external ? ` (its data is in ${externalEntries(message).location})` : '';
    throw new SinterError('bad-model', `In ${where}${from}: ${(error as Error).message}`, { cause: error });
  }
}

/** The message of a tensor, its values as raw bytes. */
export function tensorMessage(value: Tensor, name?: string): TensorMessage {
  return {
    dims: value.dims,
    dataType: DTYPE_CODES[value.dtype],
    ...(name !== undefined && { name }),
    rawData: bytesOfTensor(value),
  };
}

function typedData(message: TensorMessage, dtype: DType): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(message.floatData ?? []);
    case 'float64':
      return Float64Array.from(message.doubleData ?? []);
    case 'int64':
      return BigInt64Array.from(message.int64Data ?? [], BigInt);
    case 'uint64':
      return BigUint64Array.from(message.uint64Data ?? [], BigInt);
    case 'uint32':
      return Uint32Array.from(message.uint64Data ?? [], Number);
    case 'int32':
      return Int32Array.from(message.int32Data ?? []);
    case 'int16':
      return Int16Array.from(message.int32Data ?? []);
    case 'int8':
      return Int8Array.from(message.int32Data ?? []);
    case 'uint16':
    case 'float16':
      return Uint16Array.from(message.int32Data ?? []);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(message.int32Data ?? []);
  }
}

function externalEntries(message: TensorMessage): Record<string, string | undefined> {
  return Object.fromEntries((message.externalData ?? []).map(({ key, value }) => [key, value]));
}

function externalBytes(message: TensorMessage, path: string, where: string): Uint8Array {
  const { location = '', offset = '0', length } = externalEntries(message);
  const bytes = readBeside(path, location, where);
  const end = length === undefined ? bytes.length : Number(offset) + Number(length);
  return bytes.subarray(Number(offset), end);
}

/** Reads a file in the model's folder; a model from elsewhere must not reach any other. */
function readBeside(path: string, location: string, where: string): Uint8Array {
  const folder = resolve(dirname(path));
  const file = resolve(folder, location);
  if (!file.startsWith(folder + sep))
    throw new SinterError(
      'bad-model',
      `The data of ${where} lies outside of the model's folder: "${location}".`,
    );
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SinterError(
      'bad-model',
      `The data of ${where} is missing: ${(error as Error).message}. Put ${location} beside the model.`,
      { cause: error },
    );
  }
}
