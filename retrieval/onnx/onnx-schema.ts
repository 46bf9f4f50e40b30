/** The messages of an ONNX model file by field number, as far as they are used here (onnx.proto, IR version 8). */
import type { Schema } from './protobuf.ts';

const TENSOR: Schema = {
  dims: { id: 1, kind: 'int', many: true },
  dataType: { id: 2, kind: 'int' },
  floatData: { id: 4, kind: 'float', many: true },
  int32Data: { id: 5, kind: 'int', many: true },
  int64Data: { id: 7, kind: 'int', many: true },
  name: { id: 8, kind: 'string' },
  rawData: { id: 9, kind: 'bytes' },
  doubleData: { id: 10, kind: 'double', many: true },
  uint64Data: { id: 11, kind: 'int', many: true },
  externalData: { id: 13, kind: () => STRING_ENTRY, many: true },
  dataLocation: { id: 14, kind: 'int' },
};

const STRING_ENTRY: Schema = { key: { id: 1, kind: 'string' }, value: { id: 2, kind: 'string' } };

const DIMENSION: Schema = { value: { id: 1, kind: 'int' }, parameter: { id: 2, kind: 'string' } };
const SHAPE: Schema = { dim: { id: 1, kind: () => DIMENSION, many: true } };
const TENSOR_TYPE: Schema = { elementType: { id: 1, kind: 'int' }, shape: { id: 2, kind: () => SHAPE } };
const TYPE: Schema = { tensorType: { id: 1, kind: () => TENSOR_TYPE } };
const VALUE_INFO: Schema = { name: { id: 1, kind: 'string' }, type: { id: 2, kind: () => TYPE } };

const ATTRIBUTE: Schema = {
  name: { id: 1, kind: 'string' },
  f: { id: 2, kind: 'float' },
  i: { id: 3, kind: 'int' },
  s: { id: 4, kind: 'bytes' },
  t: { id: 5, kind: () => TENSOR },
  g: { id: 6, kind: () => GRAPH },
  floats: { id: 7, kind: 'float', many: true },
  ints: { id: 8, kind: 'int', many: true },
  strings: { id: 9, kind: 'bytes', many: true },
  tensors: { id: 10, kind: () => TENSOR, many: true },
  graphs: { id: 11, kind: () => GRAPH, many: true },
  type: { id: 20, kind: 'int' },
};

const NODE: Schema = {
  input: { id: 1, kind: 'string', many: true },
  output: { id: 2, kind: 'string', many: true },
  name: { id: 3, kind: 'string' },
  opType: { id: 4, kind: 'string' },
  attribute: { id: 5, kind: () => ATTRIBUTE, many: true },
  domain: { id: 7, kind: 'string' },
};

const GRAPH: Schema = {
  node: { id: 1, kind: () => NODE, many: true },
  name: { id: 2, kind: 'string' },
  initializer: { id: 5, kind: () => TENSOR, many: true },
  input: { id: 11, kind: () => VALUE_INFO, many: true },
  output: { id: 12, kind: () => VALUE_INFO, many: true },
};

const OPERATOR_SET: Schema = { domain: { id: 1, kind: 'string' }, version: { id: 2, kind: 'int' } };

export const MODEL: Schema = {
  irVersion: { id: 1, kind: 'int' },
  producerName: { id: 2, kind: 'string' },
  producerVersion: { id: 3, kind: 'string' },
  graph: { id: 7, kind: () => GRAPH },
  opsetImport: { id: 8, kind: () => OPERATOR_SET, many: true },
  functions: { id: 25, kind: 'bytes', many: true },
};

export type TensorMessage = {
  dims?: number[];
  dataType?: number;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: (number | bigint)[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: (number | bigint)[];
  externalData?: { key: string; value: string }[];
  dataLocation?: number;
};
export type DimensionMessage = { value?: number; parameter?: string };
export type ValueInfoMessage = {
  name: string;
  type?: { tensorType?: { elementType?: number; shape?: { dim?: DimensionMessage[] } } };
};
export type AttributeMessage = {
  name: string;
  type?: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorMessage;
  g?: GraphMessage;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
  tensors?: TensorMessage[];
  graphs?: GraphMessage[];
};
export type NodeMessage = {
  input?: string[];
  output?: string[];
  name?: string;
  opType: string;
  attribute?: AttributeMessage[];
  domain?: string;
};
export type GraphMessage = {
  node?: NodeMessage[];
  name?: string;
  initializer?: TensorMessage[];
  input?: ValueInfoMessage[];
  output?: ValueInfoMessage[];
};
export type ModelMessage = {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  graph?: GraphMessage;
  opsetImport?: { domain?: string; version?: number }[];
  functions?: Uint8Array[];
};
