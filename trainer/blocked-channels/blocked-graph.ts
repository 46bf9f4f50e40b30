/**
 * A graph in the making whose maps [N, C, H, W] may lie in two layouts: plain, as ONNX has them, and blocked, as
 * [N, C/block, H, W, block] in memory, in which ONNX Runtime's fast kernels for CPUs work (its domain
 * `com.microsoft.nchwc`). Values change layout where an operator wants the other one, each at most once.
 */
import type { Node, Value } from '../onnx/graph.ts';
import type { AttributeInput, GraphBuilder } from '../onnx/graph-builder.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { elementCount, type Tensor } from '../onnx/tensor.ts';

/** ONNX Runtime's operators on blocked maps. Their shapes are written [N, C, H, W] with C rounded up to whole blocks. */
export const NCHWC = 'com.microsoft.nchwc';

export class BlockedGraph {
  readonly g: GraphBuilder;
  /** Channels of a block: as many floats as a vector register of this CPU holds. */
  readonly block: number;
  readonly #shapes: Shapes;
  readonly #uses: ReadonlyMap<Value, number>;
  /** Values that stand in the new graph under their own name. */
  readonly #plain: Set<Value>;
  /** What values are called in the new graph in blocked layout. */
  readonly #blocked = new Map<Value, Value>();
  readonly #constants = new Map<string, Value>();

  /**
   * @param g has the graph's inputs and initializers and no nodes as yet.
   * @param shapes of every value of the graph that is rewritten.
   * @param uses how many nodes of that graph read a value, and as outputs of it.
   */
  constructor(g: GraphBuilder, block: number, shapes: Shapes, uses: ReadonlyMap<Value, number>) {
    this.g = g;
    this.block = block;
    this.#shapes = shapes;
    this.#uses = uses;
    this.#plain = new Set([...g.graph.inputs.map(({ name }) => name), ...g.graph.initializers.keys(), '']);
  }

  dims(value: Value): number[] {
    const found = this.#shapes.get(value);
    if (!found) throw new Error(`No shape is known for "${value}". This is a bug.`);
    return found.dims;
  }

  /** Whether `value` is a float32 map [N, C, H, W]. */
  isMap(value: Value): boolean {
    const shape = this.#shapes.get(value);
    return shape?.dtype === 'float32' && shape.dims.length === 4;
  }

  isBlocked(value: Value): boolean {
    return this.#blocked.has(value);
  }

  /** Whether it is there already, in either layout. */
  has(value: Value): boolean {
    return this.#plain.has(value) || this.#blocked.has(value);
  }

  /** `channels` rounded up to whole blocks. */
  roundUp(channels: number): number {
    return Math.ceil(channels / this.block) * this.block;
  }

  /** The shape of a map in blocked layout: [N, C rounded up, H, W]. */
  blockedDims(value: Value): number[] {
    const [n, channels, ...space] = this.dims(value);
    return [n, this.roundUp(channels), ...space];
  }

  /** `value` in plain layout, in which it has its own name. */
  plain(value: Value): Value {
    const blocked = this.#blocked.get(value);
    if (this.#plain.has(value) || blocked === undefined) return value;
    this.#append(NCHWC, 'ReorderOutput', [blocked], value, { channels: this.dims(value)[1] });
    this.#plain.add(value);
    return value;
  }

  /** `value`, a map, in blocked layout; channels beyond its own are zeros, or at least finite. */
  blocked(value: Value): Value {
    const known = this.#blocked.get(value);
    if (known !== undefined) return known;
    const blocked = this.toBlocked(this.plain(value));
    this.#blocked.set(value, blocked);
    return blocked;
  }

  /** Says what a value of the old graph is in blocked layout. */
  setBlocked(value: Value, blocked: Value): void {
    this.#blocked.set(value, blocked);
  }

  /** Gives what was made for a value of the old graph that value's name. */
  setPlain(value: Value, made: Value): void {
    this.#append('', 'Identity', [made], value);
    this.#plain.add(value);
  }

  /** Takes over a node of the old graph. */
  keep(node: Node): void {
    for (const input of node.inputs) this.plain(input);
    this.g.graph.nodes.push(node);
    for (const output of node.outputs) this.#plain.add(output);
  }

  /** [N, C, H, W] → the blocked layout; missing channels become zeros. */
  toBlocked(x: Value): Value {
    return this.op('ReorderInput', [x]);
  }

  /** The blocked layout → [N, channels, H, W]. */
  toPlain(x: Value, channels: number): Value {
    return this.op('ReorderOutput', [x], { channels });
  }

  /** One of ONNX Runtime's operators on blocked maps. */
  op(op: string, inputs: Value[], attributes: Record<string, AttributeInput> = {}): Value {
    return this.g.ops(op, inputs, 1, attributes, NCHWC)[0];
  }

  /** What `make` makes for the key, which stands in the graph once for all who ask for it. */
  constantOnce(key: string, make: () => Tensor): Value {
    const known = this.#constants.get(key) ?? this.g.constant(make());
    this.#constants.set(key, known);
    return known;
  }

  /** A view of the blocked layout as [N, C/block, H·W, block], or of any of these joined: reshaping copies nothing. */
  view(x: Value, dims: number[]): Value {
    return this.g.reshape(x, dims);
  }

  /**
   * The convolution that makes `value` and nothing but the next node reads, so that what comes next can be done in it:
   * ONNX Runtime adds a map and applies an activation while a result is still in registers.
   */
  openConvolution(value: Value): Node | undefined {
    const blocked = this.#blocked.get(value);
    if (blocked === undefined || this.#uses.get(value) !== 1 || this.#plain.has(value)) return undefined;
    const node = this.g.graph.nodes.findLast(({ outputs }) => outputs[0] === blocked);
    return node?.op === 'Conv' && node.domain === NCHWC && !node.attributes.activation ? node : undefined;
  }

  /** Puts a node behind all others, where everything is there that it is to read now. */
  moveToEnd(node: Node): void {
    const { nodes } = this.g.graph;
    nodes.splice(nodes.lastIndexOf(node), 1);
    nodes.push(node);
  }

  #append(
    domain: string,
    op: string,
    inputs: Value[],
    output: Value,
    { channels }: { channels?: number } = {},
  ): void {
    const attributes: Node['attributes'] =
      channels === undefined ? {} : { channels: { kind: 'int', value: channels } };
    this.g.graph.nodes.push({ op, domain, name: output, inputs, outputs: [output], attributes });
  }
}

/** Pixels of a map. */
export function pixelsOf([, , ...space]: number[]): number {
  return elementCount(space);
}
