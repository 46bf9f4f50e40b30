/** Appends nodes to a graph, one call an operator, and names what they make. Forward parts, gradients and updates are all written with it. */
import type { Attribute, Graph, Node, Value } from './graph.ts';
import { type DType, floats, ints, type Tensor } from './tensor.ts';

/** What an attribute may be given as: a plain number or list means integers, a `float(...)` a float. */
export type AttributeInput = number | number[] | string | Attribute;

/** A float attribute, where ONNX wants 1.0 rather than 1. */
export function float(value: number): Attribute {
  return { kind: 'float', value };
}

export class GraphBuilder {
  readonly graph: Graph;
  /** The initializers that are there to be trained, in the order in which they were made. */
  readonly parameters: Value[] = [];
  readonly #taken: Set<Value>;
  /** The last number that a name was given, so that long graphs need not be searched for a free one. */
  readonly #numbers = new Map<Value, number>();
  #scope = '';

  /** Appends to `graph`, whose names are left alone. */
  constructor(graph: Graph) {
    this.graph = graph;
    this.#taken = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers.keys(),
      ...graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]),
    ]);
  }

  /** Puts `scope/` before the names of everything that `build` appends. */
  in<T>(scope: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${scope}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /** A node with one output, which is returned. */
  op(op: string, inputs: Value[], attributes: Record<string, AttributeInput> = {}): Value {
    return this.ops(op, inputs, 1, attributes)[0];
  }

  /** A node with `count` outputs. */
  ops(
    op: string,
    inputs: Value[],
    count: number,
    attributes: Record<string, AttributeInput> = {},
    domain = '',
  ): Value[] {
    const outputs = Array.from({ length: count }, () => this.fresh(op));
    const node: Node = {
      op,
      domain,
      name: outputs[0],
      inputs,
      outputs,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, asAttribute(value)]),
      ),
    };
    this.graph.nodes.push(node);
    return outputs;
  }

  /** A value that is fixed in the graph. */
  constant(value: Tensor, name = 'constant'): Value {
    const unique = this.fresh(name);
    this.graph.initializers.set(unique, value);
    return unique;
  }

  /** A value that training changes, with what it starts from. */
  parameter(initial: Tensor, name: string): Value {
    const unique = this.constant(initial, name);
    this.parameters.push(unique);
    return unique;
  }

  /** A fixed float32 scalar or vector. */
  floats(values: number | number[], dims?: number[]): Value {
    return this.constant(floats(values, dims));
  }

  /** A fixed int64 scalar or vector, as shapes and axes are given. */
  ints(values: number | number[]): Value {
    return this.constant(ints(values));
  }

  /** An input of the graph, under exactly this name. */
  input(name: Value, dtype: DType, dims: (number | string)[]): Value {
    this.#take(name);
    this.graph.inputs.push({ name, dtype, dims });
    return name;
  }

  /** Declares `value` an output of the graph under exactly the name `name`. */
  output(name: Value, value: Value, dtype: DType, dims: (number | string)[]): Value {
    if (name !== value) {
      this.#take(name);
      this.graph.nodes.push({
        op: 'Identity',
        domain: '',
        name,
        inputs: [value],
        outputs: [name],
        attributes: {},
      });
    }
    this.graph.outputs.push({ name, dtype, dims });
    return name;
  }

  reshape(x: Value, dims: number[]): Value {
    return this.op('Reshape', [x, this.ints(dims)]);
  }

  transpose(x: Value, perm: number[]): Value {
    return this.op('Transpose', [x], { perm });
  }

  /** ReduceSum, ReduceMean or another reduction, in the form that the graph's operator set wants its axes in. */
  reduce(
    op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceL2' | 'ReduceLogSumExp',
    x: Value,
    axes: number[],
    keepdims: boolean,
  ): Value {
    const axesAreInput = this.graph.opsets[''] >= (op === 'ReduceSum' ? 13 : 18);
    const inputs = axesAreInput ? [x, this.ints(axes)] : [x];
    return this.op(op, inputs, { keepdims: Number(keepdims), ...(!axesAreInput && { axes }) });
  }

  /** `x[..., start:end:step, ...]` along the given axes. */
  slice(
    x: Value,
    starts: number[],
    ends: number[],
    axes: number[],
    steps: number[] = axes.map(() => 1),
  ): Value {
    return this.op('Slice', [x, this.ints(starts), this.ints(ends), this.ints(axes), this.ints(steps)]);
  }

  /** A name that nothing in the graph has, beginning with the present scope. */
  fresh(base: string): Value {
    const first = this.#scope + base;
    let name = first;
    let number = this.#numbers.get(first) ?? 1;
    while (this.#taken.has(name)) name = `${first}_${++number}`;
    this.#numbers.set(first, number);
    this.#taken.add(name);
    return name;
  }

  #take(name: Value): void {
    if (this.#taken.has(name))
      throw new Error(`The name "${name}" is taken in the graph "${this.graph.name}". This is a bug.`);
    this.#taken.add(name);
  }
}

function asAttribute(value: AttributeInput): Attribute {
  if (typeof value === 'number') return { kind: 'int', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (Array.isArray(value)) return { kind: 'ints', value };
  return value;
}
