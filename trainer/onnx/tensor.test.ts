import { expect, test } from 'vitest';
import {
  bytesOfTensor,
  DTYPE_CODES,
  type DType,
  dtypeOfCode,
  floats,
  ints,
  tensor,
  tensorOfBytes,
  zeros,
} from './tensor.ts';

test('numbers become scalars, lists vectors, unless a shape is given', () => {
  expect(floats(2).dims).toEqual([]);
  expect(floats([2]).dims).toEqual([1]);
  expect(floats([1, 2, 3, 4], [2, 2]).dims).toEqual([2, 2]);
  expect(ints(2)).toEqual({ dtype: 'int64', dims: [], data: BigInt64Array.of(2n) });
  expect(ints([1, -1], [2, 1]).dims).toEqual([2, 1]);
  expect(zeros([2, 3]).data).toHaveLength(6);
});

test('elements that do not fill the shape are refused', () => {
  expect(() => tensor('uint8', Uint8Array.of(1, 2), [3])).toThrow(/3 elements for the shape \[3\], got 2/);
  expect(() => tensorOfBytes('float32', new Uint8Array(6), [1])).toThrow(
    /6 bytes are no whole number of float32/,
  );
});

test('bytes are read in place where they are aligned, else copied, with the same values', () => {
  const bytes = new Uint8Array(13);
  bytes.set(bytesOfTensor(floats([1.5, -2])), 4);
  const inPlace = tensorOfBytes('float32', bytes.subarray(4, 12), [2]);
  expect(inPlace).toEqual(floats([1.5, -2]));
  expect(inPlace.data.buffer).toBe(bytes.buffer);
  bytes.set(bytesOfTensor(floats([1.5, -2])), 5);
  const copied = tensorOfBytes('float32', bytes.subarray(5, 13), [2]);
  expect(copied).toEqual(floats([1.5, -2]));
  expect(copied.data.buffer).not.toBe(bytes.buffer);
});

test('every element type has its ONNX code, and others are refused by number', () => {
  for (const [name, code] of Object.entries(DTYPE_CODES)) expect(dtypeOfCode(code, 'x')).toBe(name as DType);
  expect(() => dtypeOfCode(16, 'the tensor "w"')).toThrow(
    /Element type 16 of the tensor "w".*float32, uint8/,
  );
});
