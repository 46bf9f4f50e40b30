/** Named tensors in one file, in the safetensors format: a length, a JSON header, the bytes. What checkpoints are kept in. */
import { open, readFile, rename } from 'node:fs/promises';
import { SinterError } from '../../retrieval/errors.ts';
import { bytesOfTensor, type DType, type Tensor, tensorOfBytes } from './tensor.ts';

export type TensorFile = { tensors: Record<string, Tensor>; metadata: Record<string, string> };

const TYPE_NAMES: Partial<Record<DType, string>> = { float32: 'F32', int64: 'I64', uint8: 'U8' };
const METADATA = '__metadata__';

/** Writes the file whole or not at all: beside its place first, synced, then renamed. */
export async function writeTensorFile(path: string, { tensors, metadata }: TensorFile): Promise<void> {
  let offset = 0;
  const header: Record<string, unknown> = { [METADATA]: metadata };
  for (const [name, value] of Object.entries(tensors)) {
    const end = offset + value.data.byteLength;
    header[name] = { dtype: typeName(value.dtype), shape: value.dims, data_offsets: [offset, end] };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writev([length, text, ...Object.values(tensors).map(bytesOfTensor)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Reads the file. Throws `not-found` where there is none, `bad-data` for what is no such file or is cut short. */
export async function readTensorFile(path: string): Promise<TensorFile> {
  const bytes = await readFile(path).catch((error) => {
    throw new SinterError('not-found', `Expected a tensor file at ${path}: ${(error as Error).message}.`, {
      cause: error,
    });
  });
  try {
    return parse(bytes);
  } catch (error) {
    throw new SinterError(
      'bad-data',
      `${path} is not a whole safetensors file: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

function parse(bytes: Buffer): TensorFile {
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { [METADATA]: metadata = {}, ...entries } = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    unknown
  >;
  const tensors = Object.entries(entries as Record<string, Entry>).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      if (start + to > bytes.length)
        throw new RangeError(`"${name}" ends at ${start + to}, the file at ${bytes.length}.`);
      return [name, tensorOfBytes(typeOf(dtype), bytes.subarray(start + from, start + to), shape)];
    },
  );
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

function typeName(dtype: DType): string {
  const name = TYPE_NAMES[dtype];
  if (!name) throw new Error(`No tensor of ${dtype} is ever written. This is a bug.`);
  return name;
}

function typeOf(name: string): DType {
  const found = Object.entries(TYPE_NAMES).find(([, value]) => value === name);
  if (!found)
    throw new RangeError(`the element type ${name} is not one of ${Object.values(TYPE_NAMES).join(', ')}.`);
  return found[0] as DType;
}
