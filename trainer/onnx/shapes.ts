/** The type and shape of every value of a graph, as ONNX Runtime infers them: it knows each operator's rule, so none is written here. */
import { SinterError } from '../../retrieval/errors.ts';
import { copyGraph, type Graph, pruneGraph, type Value, type ValueInfo } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphRunner, runOnce } from './runner.ts';
import { bytesPerElement, type DType, elementCount, tensorOfBytes } from './tensor.ts';

type Shape = { dtype: DType; dims: number[] };
export type Shapes = Map<Value, Shape>;

type SizedInput = ValueInfo & { dims: number[] };

/** Initializers of so many elements may be axes, sizes or scales, which shapes depend on; larger ones are weights. */
const SMALL = 64;

/**
 * Reads shapes off the loaded graph. Only where a shape depends on computed values, the graph runs once, on zeros; it then
 * answers shapes and no values, which together would take more memory than training.
 * @param sizes the sizes of dimensions that the graph's inputs give by name.
 */
export async function readShapes(graph: Graph, sizes: Record<string, number> = {}): Promise<Shapes> {
  const inputs = sizedInputs(graph, sizes);
  const sized = { ...graph, inputs };
  const shapes: Shapes = new Map([
    ...inputs.map(({ name, dtype = 'float32', dims }) => [name, { dtype, dims }] as const),
    ...[...graph.initializers].map(([name, { dtype, dims }]) => [name, { dtype, dims }] as const),
  ]);
  const { inferred, unknown } = await inferShapes(sized);
  for (const [name, shape] of inferred) shapes.set(name, shape);
  for (const [name, shape] of await runForShapes(sized, unknown)) shapes.set(name, shape);
  return shapes;
}

/** What is known before a run: shapes, and types where a shape is not. */
async function inferShapes(graph: Graph): Promise<{ inferred: Shapes; unknown: Map<Value, DType> }> {
  const values = graph.nodes.flatMap(({ outputs }) => outputs.filter(Boolean));
  // A value of unknown rank looks like a scalar, but its Shape has a size that is not known.
  const { watched, shapeOf } = watchShapes(withoutWeights(graph), values);
  watched.outputs.push(...values.map((name) => ({ name, dims: [] })));
  const runner = await GraphRunner.open(watched, { threads: 1 });
  const infos = new Map((await runner.outputInfos()).map((info) => [info.name, info]));
  await runner.close();

  const inferred: Shapes = new Map();
  const unknown = new Map<Value, DType>();
  for (const name of values) {
    const { dtype, dims } = infos.get(name) as Required<ValueInfo>;
    const [rank] = infos.get(shapeOf.get(name) as Value)?.dims ?? [];
    if (rank === dims.length && dims.every(isNumber)) inferred.set(name, { dtype, dims: dims.map(Number) });
    else unknown.set(name, dtype);
  }
  return { inferred, unknown };
}

async function runForShapes(graph: Graph, unknown: Map<Value, DType>): Promise<Shapes> {
  if (unknown.size === 0) return new Map();
  const { watched, shapeOf } = watchShapes(graph, [...unknown.keys()]);
  const pruned = pruneGraph(watched);
  const blanks = pruned.inputs.map((input) => [input.name, blank(input)]);
  const found = await runOnce(pruned, Object.fromEntries(blanks));
  return new Map(
    [...unknown].map(([name, dtype]) => [
      name,
      { dtype, dims: Array.from(found[shapeOf.get(name) as Value].data, Number) },
    ]),
  );
}

/** The graph with the Shape of each of the values as its outputs. */
function watchShapes(graph: Graph, values: Value[]): { watched: Graph; shapeOf: Map<Value, Value> } {
  const g = new GraphBuilder({ ...copyGraph(graph), outputs: [] });
  const shapeOf = new Map(values.map((value) => [value, g.op('Shape', [value])]));
  g.graph.outputs.push(...[...shapeOf.values()].map((name) => ({ name, dims: [] })));
  return { watched: g.graph, shapeOf };
}

/** The graph with its large initializers as inputs: their values are not worth copying to learn shapes. */
function withoutWeights(graph: Graph): Graph {
  const weights = [...graph.initializers].filter(([, { data }]) => data.length > SMALL);
  const inputs = weights.map(([name, { dtype, dims }]) => ({ name, dtype, dims }));
  const initializers = [...graph.initializers].filter(([, { data }]) => data.length <= SMALL);
  return { ...graph, inputs: [...graph.inputs, ...inputs], initializers: new Map(initializers) };
}

/** The graph's inputs with sizes for the dimensions that they give by name. Throws SinterError `bad-model` where one is missing. */
export function sizedInputs({ inputs }: Graph, sizes: Record<string, number>): SizedInput[] {
  return inputs.map((input) => ({ ...input, dims: knownDims(input, sizes) }));
}

function knownDims({ name, dims }: ValueInfo, sizes: Record<string, number>): number[] {
  const known = dims.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
  if (known.every(isNumber)) return known;
  throw new SinterError(
    'bad-model',
    `The input "${name}" has the shape [${dims}]; give a size for each name in it.`,
  );
}

function blank({ dtype = 'float32', dims }: ValueInfo) {
  const sizes = dims.map(Number);
  return tensorOfBytes(dtype, new Uint8Array(elementCount(sizes) * bytesPerElement(dtype)), sizes);
}

function isNumber(dim: unknown): dim is number {
  return typeof dim === 'number';
}
