/** Reads IDX files, in which MNIST and Fashion-MNIST are published: bytes with a shape, gzipped or not (LeCun et al., "The MNIST database"). */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { SinterError } from '../../retrieval/errors.ts';

/** Unsigned bytes in row-major order. */
export type IdxArray = { dims: number[]; data: Uint8Array };

const UNSIGNED_BYTE = 8;

/**
 * The array of a file; names ending in `.gz` are unpacked.
 * Throws `not-found`, and `bad-data` for a file of another format, element type or length than its head says.
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const packed = await readFile(path).catch(() => {
    throw new SinterError('not-found', `There is no file ${path}.`);
  });
  return parse(path.endsWith('.gz') ? unpack(packed, path) : packed, path);
}

/** Two zeros, the type of the elements, the number of dimensions; each dimension big-endian; the elements. */
function parse(bytes: Buffer, path: string): IdxArray {
  const [zero, alsoZero, type, rank] = bytes;
  if (zero !== 0 || alsoZero !== 0 || rank === undefined) throw refused(path, 'it does not begin as one');
  if (type !== UNSIGNED_BYTE) throw refused(path, `its elements are of type ${type}`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw refused(path, 'it ends early');
  const dims = Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const count = dims.reduce((product, side) => product * side, 1);
  if (bytes.length !== start + count)
    throw refused(path, `it has ${bytes.length - start} elements for the shape [${dims}]`);
  return { dims, data: new Uint8Array(bytes.subarray(start)) };
}

function unpack(packed: Buffer, path: string): Buffer {
  try {
    return gunzipSync(packed);
  } catch (error) {
    throw refused(path, (error as Error).message);
  }
}

function refused(path: string, why: string): SinterError {
  return new SinterError('bad-data', `Expected an IDX file of unsigned bytes in ${path}: ${why}.`);
}
