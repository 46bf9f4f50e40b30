/** Constants in one form: every value that a file fixes is an initializer, in float32 where the file has half precision. */
import { SinterError } from '../../retrieval/errors.ts';
import { type Attribute, describeNode, type Graph, type Node } from './graph.ts';
import { DTYPE_CODES, floats, ints, type Tensor, tensor } from './tensor.ts';

/**
 * The graph with its Constant nodes, and Identity nodes of initializers, as initializers of the same name. Weights that
 * exporters found equal and kept once become weights of their own again.
 */
export function inlineConstants(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const value =
      constantOf(node) ?? (isPlain(node, 'Identity') ? initializers.get(node.inputs[0]) : undefined);
    if (value) initializers.set(node.outputs[0], value);
    return !value;
  });
  return { ...graph, initializers, nodes };
}

function constantOf(node: Node): Tensor | undefined {
  if (!isPlain(node, 'Constant')) return undefined;
  const [[kind, attribute]] = Object.entries(node.attributes) as [string, Attribute][];
  switch (kind) {
    case 'value':
      return attribute.value as Tensor;
    case 'value_float':
    case 'value_floats':
      return floats(attribute.value as number | number[]);
    case 'value_int':
    case 'value_ints':
      return ints(attribute.value as number | number[]);
    default:
      throw new SinterError(
        'unsupported',
        `Constants of the kind ${kind} are not supported: ${describeNode(node)}.`,
      );
  }
}

/** The graph in float32 where it is in float16: weights, constants, casts, inputs and outputs. Training in half precision would lose small updates. */
export function widenHalves(graph: Graph): Graph {
  const widenInfo = <T extends { dtype?: string }>(info: T): T =>
    info.dtype === 'float16' ? { ...info, dtype: 'float32' } : info;
  return {
    ...graph,
    inputs: graph.inputs.map(widenInfo),
    outputs: graph.outputs.map(widenInfo),
    initializers: new Map([...graph.initializers].map(([name, value]) => [name, widenTensor(value)])),
    nodes: graph.nodes.map((node) => ({ ...node, attributes: widenAttributes(node) })),
  };
}

function widenAttributes({ op, domain, attributes }: Node): Node['attributes'] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Attribute] => {
      if (attribute.kind === 'tensor') return [name, { kind: 'tensor', value: widenTensor(attribute.value) }];
      const isHalfCast =
        domain === '' && op === 'Cast' && name === 'to' && attribute.value === DTYPE_CODES.float16;
      return [name, isHalfCast ? { kind: 'int', value: DTYPE_CODES.float32 } : attribute];
    }),
  );
}

function widenTensor(value: Tensor): Tensor {
  if (value.dtype !== 'float16') return value;
  return tensor('float32', Float32Array.from(value.data as Uint16Array, floatOfHalf), value.dims);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function floatOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

function isPlain({ op, domain }: Node, name: string): boolean {
  return domain === '' && op === name;
}
