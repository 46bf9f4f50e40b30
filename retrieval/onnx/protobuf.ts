/**
 * Protocol Buffers by table: a schema says which field number holds what, one reader and one writer follow it.
 * Knows the wire format through its library and nothing of ONNX. Unknown fields are passed over.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

type Scalar = 'int' | 'float' | 'double' | 'string' | 'bytes';

/** A field's number and kind; `many` for repeated fields (numbers are read packed or not, and written packed). */
export type Field = { id: number; kind: Scalar | (() => Schema); many?: true };
export type Schema = Record<string, Field>;

/** A message as plain data: fields that are absent are undefined, repeated ones are arrays. 64-bit integers are numbers or, beyond 2^53, bigints. */
export type Message = Record<string, unknown>;

/** Reads a message; byte fields are views of `bytes`, not copies. Throws RangeError on truncated data. */
export function readMessage(bytes: Uint8Array, schema: Schema): Message {
  return readFields(new BinaryReader(bytes), bytes.length, fieldsById(schema), bytes);
}

/** The message's bytes. */
export function writeMessage(message: Message, schema: Schema): Uint8Array {
  return writeFields(new BinaryWriter(), message, schema).finish();
}

type NamedField = Field & { name: string };
const byId = new WeakMap<Schema, Map<number, NamedField>>();

function fieldsById(schema: Schema): Map<number, NamedField> {
  const known = byId.get(schema);
  if (known) return known;
  const fields = new Map(Object.entries(schema).map(([name, field]) => [field.id, { ...field, name }]));
  byId.set(schema, fields);
  return fields;
}

function readFields(
  reader: BinaryReader,
  end: number,
  fields: Map<number, NamedField>,
  bytes: Uint8Array,
): Message {
  const message: Message = {};
  while (reader.pos < end) {
    const [id, wireType] = reader.tag();
    const field = fields.get(id);
    if (!field) reader.skip(wireType, id);
    else if (!field.many) message[field.name] = readValue(reader, field.kind, bytes);
    else appendValues(message, field, reader, wireType, bytes);
  }
  if (reader.pos > end) throw new RangeError(`A field ends at ${reader.pos}, its message at ${end}.`);
  return message;
}

function appendValues(
  message: Message,
  field: NamedField,
  reader: BinaryReader,
  wireType: WireType,
  bytes: Uint8Array,
): void {
  message[field.name] ??= [];
  const list = message[field.name] as unknown[];
  const packed = wireType === WireType.LengthDelimited && isNumber(field.kind);
  if (!packed) {
    list.push(readValue(reader, field.kind, bytes));
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) list.push(readValue(reader, field.kind, bytes));
}

function readValue(reader: BinaryReader, kind: Field['kind'], bytes: Uint8Array): unknown {
  if (kind === 'int') return plainInteger(reader.int64());
  if (kind === 'float') return reader.float();
  if (kind === 'double') return reader.double();
  if (kind === 'string') return reader.string();
  const length = reader.uint32();
  const start = reader.pos;
  if (start + length > bytes.length)
    throw new RangeError(
      `A field of ${length} bytes begins at ${start}, but the file ends at ${bytes.length}.`,
    );
  if (kind !== 'bytes') return readFields(reader, start + length, fieldsById(kind()), bytes);
  reader.pos = start + length;
  return bytes.subarray(start, start + length);
}

function writeFields(writer: BinaryWriter, message: Message, schema: Schema): BinaryWriter {
  for (const [name, field] of Object.entries(schema)) {
    const value = message[name];
    if (value === undefined) continue;
    if (!field.many) writeTagged(writer, field, value);
    else if (isNumber(field.kind)) writePacked(writer, field, value as unknown[]);
    else for (const item of value as unknown[]) writeTagged(writer, field, item);
  }
  return writer;
}

function writeTagged(writer: BinaryWriter, { id, kind }: Field, value: unknown): void {
  if (kind === 'int') writer.tag(id, WireType.Varint).int64(value as number);
  else if (kind === 'float') writer.tag(id, WireType.Bit32).float(value as number);
  else if (kind === 'double') writer.tag(id, WireType.Bit64).double(value as number);
  else if (kind === 'string') writer.tag(id, WireType.LengthDelimited).string(value as string);
  else if (kind === 'bytes') writer.tag(id, WireType.LengthDelimited).bytes(value as Uint8Array);
  else writeFields(writer.tag(id, WireType.LengthDelimited).fork(), value as Message, kind()).join();
}

function writePacked(writer: BinaryWriter, { id, kind }: Field, values: unknown[]): void {
  if (values.length === 0) return;
  writer.tag(id, WireType.LengthDelimited).fork();
  for (const value of values) {
    if (kind === 'int') writer.int64(value as number | bigint);
    else if (kind === 'float') writer.float(value as number);
    else writer.double(value as number);
  }
  writer.join();
}

function isNumber(kind: Field['kind']): boolean {
  return kind === 'int' || kind === 'float' || kind === 'double';
}

function plainInteger(value: bigint | string): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}
