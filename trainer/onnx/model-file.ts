/** ONNX model files to graphs and back. Knows the messages of ONNX; what operators mean is not its business. */
import { readFileSync } from 'node:fs';
import { SinterError } from '../../retrieval/errors.ts';
import type {
  AttributeMessage,
  GraphMessage,
  ModelMessage,
  NodeMessage,
  ValueInfoMessage,
} from '../../retrieval/onnx/onnx-schema.ts';
import { MODEL } from '../../retrieval/onnx/onnx-schema.ts';
import { type Message, readMessage, writeMessage } from '../../retrieval/onnx/protobuf.ts';
import type { Attribute, Graph, Node, ValueInfo } from './graph.ts';
import { DTYPE_CODES, dtypeOfCode } from './tensor.ts';
import { tensorMessage, tensorOf } from './tensor-message.ts';

/** IR version 8 is of ONNX 1.13, the release of operator set 18. */
const IR_VERSION = 8;
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;
const GRAPH_TYPE = 5;

/** Reads an ONNX file, with external data beside it. Throws `not-found`, or `bad-model` for what is no ONNX model. */
export function readModelFile(path: string): Graph {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SinterError('not-found', `Expected an ONNX file at ${path}: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return decodeModel(bytes, path);
}

/** Decodes the bytes of a model file; `path` is for messages and for external data. Tensors are views of `bytes` where aligned. */
export function decodeModel(bytes: Uint8Array, path = 'the model'): Graph {
  const model = readModel(bytes, path);
  if (!model.graph?.node || !model.opsetImport?.length)
    throw new SinterError(
      'bad-model',
      `${path} is not an ONNX model: it has no ${model.graph?.node ? 'operator sets' : 'graph with nodes'}.`,
    );
  if (model.functions?.length)
    throw new SinterError(
      'unsupported',
      `${path} defines ${model.functions.length} functions of its own; inline them before (onnx.inliner).`,
    );
  const opsets = Object.fromEntries(
    model.opsetImport.map(({ domain = '', version = 1 }) => [ownDomain(domain), version]),
  );
  return graphOf(model.graph, opsets, path);
}

/** The bytes of an ONNX model file with this graph. */
export function encodeModel(graph: Graph): Uint8Array {
  const model: ModelMessage = {
    irVersion: IR_VERSION,
    producerName: 'sinter',
    graph: graphMessage(graph),
    opsetImport: Object.entries(graph.opsets).map(([domain, version]) => ({ domain, version })),
  };
  return writeMessage(model as Message, MODEL);
}

/** A graph as the attribute of a node, such as the body of a Loop. */
export function subgraphAttribute(name: string, graph: Graph): Attribute {
  const message: AttributeMessage = { name, type: GRAPH_TYPE, g: graphMessage(graph) };
  return { kind: 'opaque', value: message };
}

/** The graph that such an attribute holds. */
export function subgraphOf(attribute: Attribute | undefined): Graph {
  const message = attribute?.kind === 'opaque' ? (attribute.value as AttributeMessage).g : undefined;
  if (!message)
    throw new SinterError('bad-model', 'Expected a subgraph in a node that has branches, found none.');
  return graphOf(message, {}, 'a subgraph');
}

function graphMessage({ name, nodes, initializers, inputs, outputs }: Graph): GraphMessage {
  return {
    name,
    node: nodes.map(nodeMessage),
    initializer: [...initializers].map(([key, value]) => tensorMessage(value, key)),
    input: inputs.map(valueInfoMessage),
    output: outputs.map(valueInfoMessage),
  };
}

function readModel(bytes: Uint8Array, path: string): ModelMessage {
  try {
    return readMessage(bytes, MODEL) as ModelMessage;
  } catch (error) {
    throw new SinterError(
      'bad-model',
      `${path} is not an ONNX model or is cut short: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function graphOf(message: GraphMessage, opsets: Record<string, number>, path: string): Graph {
  const initializers = new Map(
    (message.initializer ?? []).map((value) => [value.name ?? '', tensorOf(value, path)]),
  );
  return {
    name: message.name ?? '',
    opsets,
    initializers,
    inputs: (message.input ?? []).filter(({ name }) => !initializers.has(name)).map(valueInfoOf),
    outputs: (message.output ?? []).map(valueInfoOf),
    nodes: (message.node ?? []).map((node) => nodeOf(node, path)),
  };
}

function nodeOf(message: NodeMessage, path: string): Node {
  return {
    op: message.opType,
    domain: ownDomain(message.domain ?? ''),
    name: message.name ?? '',
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: Object.fromEntries(
      (message.attribute ?? []).map((attribute) => [attribute.name, attributeOf(attribute, path)]),
    ),
  };
}

function nodeMessage({ op, domain, name, inputs, outputs, attributes }: Node): NodeMessage {
  return {
    input: inputs,
    output: outputs,
    ...(name && { name }),
    opType: op,
    attribute: Object.entries(attributes).map(([key, value]) => attributeMessage(key, value)),
    ...(domain && { domain }),
  };
}

function attributeOf(message: AttributeMessage, path: string): Attribute {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  switch (message.type) {
    case ATTRIBUTE_TYPES.float:
      return { kind: 'float', value: message.f ?? 0 };
    case ATTRIBUTE_TYPES.int:
      return { kind: 'int', value: safeInteger(message.i ?? 0) };
    case ATTRIBUTE_TYPES.string:
      return { kind: 'string', value: decode(message.s ?? new Uint8Array()) };
    case ATTRIBUTE_TYPES.tensor:
      return { kind: 'tensor', value: tensorOf(message.t ?? {}, path) };
    case ATTRIBUTE_TYPES.floats:
      return { kind: 'floats', value: message.floats ?? [] };
    case ATTRIBUTE_TYPES.ints:
      return { kind: 'ints', value: (message.ints ?? []).map(safeInteger) };
    case ATTRIBUTE_TYPES.strings:
      return { kind: 'strings', value: (message.strings ?? []).map(decode) };
    default:
      return { kind: 'opaque', value: message };
  }
}

function attributeMessage(name: string, attribute: Attribute): AttributeMessage {
  const encode = (text: string) => new TextEncoder().encode(text);
  if (attribute.kind === 'opaque') return attribute.value as AttributeMessage;
  const message = { name, type: ATTRIBUTE_TYPES[attribute.kind] };
  switch (attribute.kind) {
    case 'float':
      return { ...message, f: attribute.value };
    case 'int':
      return { ...message, i: attribute.value };
    case 'string':
      return { ...message, s: encode(attribute.value) };
    case 'tensor':
      return { ...message, t: tensorMessage(attribute.value) };
    case 'floats':
      return { ...message, floats: attribute.value };
    case 'ints':
      return { ...message, ints: attribute.value };
    case 'strings':
      return { ...message, strings: attribute.value.map(encode) };
  }
}

/** Without a shape a type is left out too: written again, it would say that the value is a scalar. */
function valueInfoOf({ name, type }: ValueInfoMessage): ValueInfo {
  const { elementType, shape } = type?.tensorType ?? {};
  if (elementType === undefined || !shape) return { name, dims: [] };
  const dims = (shape.dim ?? []).map(({ value, parameter }, axis) =>
    value === undefined ? parameter || `${name}_${axis}` : Number(value),
  );
  return { name, dtype: dtypeOfCode(elementType, `"${name}"`), dims };
}

function valueInfoMessage({ name, dtype, dims }: ValueInfo): ValueInfoMessage {
  if (!dtype) return { name };
  const dim = dims.map((size) => (typeof size === 'number' ? { value: size } : { parameter: size }));
  return { name, type: { tensorType: { elementType: DTYPE_CODES[dtype], shape: { dim } } } };
}

/** Numbers beyond what a double counts exactly stand for "to the end" (of an axis), for which the largest exact one does as well. */
function safeInteger(value: number | bigint): number {
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}
