/**
 * Reads MATLAB files (`.mat`) of versions 5 to 7, in which the labels of Cars196 are published: numbers, text, cells and
 * structs, compressed or not. Source: MathWorks, "MAT-File Level 5 File Format". Knows nothing of what the values mean.
 */
import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { SinterError } from '../../errors.ts';

/** A MATLAB array with its elements in MATLAB's order, first index fastest; its shape is not kept. */
export type MatlabValue =
  | { kind: 'numbers'; numbers: number[] }
  | { kind: 'text'; text: string }
  | { kind: 'cells'; cells: MatlabValue[] }
  | { kind: 'structs'; structs: Record<string, MatlabValue>[] };

type Element = { type: number; data: DataView };
type Read = (view: DataView, at: number) => number;

/** Types of a data element: what its bytes are. */
const TYPE = { matrix: 14, compressed: 15, utf8: 16 } as const;

/** Classes of an array: what its elements are. The classes from 6 to 15 are the kinds of number. */
const CLASS = { cell: 1, struct: 2, text: 4, firstNumber: 6, lastNumber: 15 } as const;

/** Bytes of a number of each data type, and how to read one; 16-bit text is read as the numbers of its characters. */
const NUMBERS: Readonly<Record<number, [bytes: number, read: Read]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
  12: [8, (view, at) => Number(view.getBigInt64(at, true))],
  13: [8, (view, at) => Number(view.getBigUint64(at, true))],
  17: [2, (view, at) => view.getUint16(at, true)],
};

const HEADER_BYTES = 128;

/**
 * The variables of a MATLAB file by name. Throws `bad-data` where the file is damaged, of another version (7.3 is HDF5) or
 * has a variable of a class that is not read (sparse, objects); a file that is not there throws Node's own error.
 */
export async function readMatlabFile(path: string): Promise<Map<string, MatlabValue>> {
  const bytes = await readFile(path);
  try {
    return variablesOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    const message = `Expected a MATLAB file of version 5 to 7 in ${path}: ${(error as Error).message}.`;
    throw new SinterError('bad-data', message, { cause: error });
  }
}

function variablesOf(file: DataView): Map<string, MatlabValue> {
  requireHeader(file);
  const variables = new Map<string, MatlabValue>();
  for (const element of elements(part(file, HEADER_BYTES))) {
    const [name, value] = matrix(inflated(element));
    variables.set(name, value);
  }
  return variables;
}

/** The header ends in the version and in the characters `IM`, which are the other way round on big-endian machines. */
function requireHeader(file: DataView): void {
  if (file.byteLength < HEADER_BYTES) throw new Error(`it has ${file.byteLength} bytes only`);
  const mark = String.fromCharCode(file.getUint8(126), file.getUint8(127));
  if (mark === 'MI') throw new Error('its bytes are in big-endian order, which is not read');
  if (mark !== 'IM') throw new Error('its header lacks the mark of one');
  if (file.getUint16(124, true) >> 8 !== 1)
    throw new Error('it is of version 7.3 or newer; save it in MATLAB with the option -v7');
}

/** One data element after the other. Four bytes or fewer share the tag's eight with their type; longer ones are padded to eight. */
function* elements(view: DataView): Generator<Element, undefined> {
  for (let at = 0; at < view.byteLength; ) {
    const first = view.getUint32(at, true);
    const sizeInTag = first >>> 16;
    if (sizeInTag > 0) {
      yield { type: first & 0xffff, data: part(view, at + 4, sizeInTag) };
      at += 8;
    } else {
      const size = view.getUint32(at + 4, true);
      yield { type: first, data: part(view, at + 8, size) };
      at += 8 + (first === TYPE.compressed ? size : 8 * Math.ceil(size / 8));
    }
  }
}

function inflated(element: Element): Element {
  if (element.type !== TYPE.compressed) return element;
  const { buffer, byteOffset, byteLength } = element.data;
  const bytes = inflateSync(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  return next(elements(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
}

/** An array: flags with its class, dimensions, name, then what its class has. */
function matrix({ type, data }: Element): [name: string, value: MatlabValue] {
  if (type !== TYPE.matrix) throw new Error(`an array was expected where there is data of type ${type}`);
  if (data.byteLength === 0) return ['', { kind: 'numbers', numbers: [] }];
  const parts = elements(data);
  const arrayClass = next(parts).data.getUint32(0, true) & 0xff;
  const count = numbersOf(next(parts)).reduce((product, side) => product * side, 1);
  const name = textOf(next(parts));
  return [name, valueOfClass(arrayClass, count, parts)];
}

function valueOfClass(arrayClass: number, count: number, parts: Generator<Element, undefined>): MatlabValue {
  const array = () => matrix(next(parts))[1];
  if (arrayClass === CLASS.cell) return { kind: 'cells', cells: Array.from({ length: count }, array) };
  if (arrayClass === CLASS.text) return { kind: 'text', text: textOf(next(parts)) };
  if (arrayClass >= CLASS.firstNumber && arrayClass <= CLASS.lastNumber)
    return { kind: 'numbers', numbers: numbersOf(next(parts)) };
  if (arrayClass !== CLASS.struct) throw new Error(`arrays of class ${arrayClass} are not read`);
  const fields = fieldNames(parts);
  const struct = () => Object.fromEntries(fields.map((field) => [field, array()]));
  return { kind: 'structs', structs: Array.from({ length: count }, struct) };
}

/** Names of equal length, each filled up with zeros. */
function fieldNames(parts: Generator<Element, undefined>): string[] {
  const [length] = numbersOf(next(parts)) as [number];
  const names = textOf(next(parts));
  return Array.from({ length: names.length / length }, (_, i) =>
    names.slice(i * length, (i + 1) * length).replace(/\0.*$/s, ''),
  );
}

function numbersOf({ type, data }: Element): number[] {
  const [bytes, read] = NUMBERS[type] ?? [];
  if (!bytes || !read) throw new Error(`data of type ${type} are not read`);
  return Array.from({ length: data.byteLength / bytes }, (_, i) => read(data, i * bytes));
}

function textOf(element: Element): string {
  if (element.type === TYPE.utf8) return new TextDecoder().decode(element.data);
  return numbersOf(element)
    .map((code) => String.fromCharCode(code))
    .join('');
}

function next(parts: Generator<Element, undefined>): Element {
  const { value } = parts.next();
  if (!value) throw new Error('it ends early');
  return value;
}

/** `size` bytes of the view from `start` on. */
function part(view: DataView, start: number, size = view.byteLength - start): DataView {
  if (start + size > view.byteLength) throw new Error('it ends early');
  return new DataView(view.buffer, view.byteOffset + start, size);
}
