/** The type and shape of every value of a graph, read off a run of it: ONNX Runtime knows each operator's rule, so none is written here. */
import { SinterError } from '../../retrieval/errors.ts';
import { type Graph, pruneGraph, type Value, type ValueInfo } from './graph.ts';
import { runOnce } from './runner.ts';
import { bytesPerElement, type DType, elementCount, type Tensor, tensorOfBytes } from './tensor.ts';

export type Shapes = Map<Value, { dtype: DType; dims: number[] }>;

/**
 * Runs the graph once on zeros with every value as an output.
 * @param sizes the sizes of dimensions that the graph's inputs give by name.
 */
export async function readShapes(graph: Graph, sizes: Record<string, number> = {}): Promise<Shapes> {
  const values = graph.nodes.flatMap(({ outputs }) => outputs.filter(Boolean));
  const watched = pruneGraph({ ...graph, outputs: values.map((name) => ({ name, dims: [] })) });
  const feeds = Object.fromEntries(watched.inputs.map((input) => [input.name, blank(input, sizes)]));
  const results = await runOnce(watched, feeds);
  const known = [...graph.initializers, ...Object.entries(feeds), ...Object.entries(results)];
  return new Map(known.map(([name, { dtype, dims }]) => [name, { dtype, dims }]));
}

function blank({ name, dtype = 'float32', dims }: ValueInfo, sizes: Record<string, number>): Tensor {
  const known = dims.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
  if (known.includes(undefined as never))
    throw new SinterError(
      'bad-model',
      `The input "${name}" has the shape [${dims}]; give a size for each name in it.`,
    );
  return tensorOfBytes(dtype, new Uint8Array(elementCount(known) * bytesPerElement(dtype)), known);
}
