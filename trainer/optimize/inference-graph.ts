/** The forward graph as it infers, which a step never touches: with what was trained put in, or left open to be fed. */
import { type Graph, pruneGraph, type Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

type Values = Record<Value, Tensor>;

/** The part of `forward` that makes `output`, with the values that training has arrived at. */
export function trainedGraph(forward: Graph, values: Values, output: Value): Graph {
  const initializers = [...forward.initializers].map(
    ([name, initial]) => [name, values[name] ?? initial] as const,
  );
  return upTo({ ...forward, initializers: new Map(initializers) }, output);
}

/** The same with the values that training changes as inputs. */
export function inferenceGraph(forward: Graph, trained: Values, output: Value): Graph {
  const fed = [...forward.initializers].filter(([name]) => name in trained);
  return upTo(
    {
      ...forward,
      inputs: [...forward.inputs, ...fed.map(([name, { dtype, dims }]) => ({ name, dtype, dims }))],
      initializers: new Map([...forward.initializers].filter(([name]) => !(name in trained))),
    },
    output,
  );
}

function upTo(graph: Graph, output: Value): Graph {
  return pruneGraph({ ...graph, outputs: [{ name: output, dtype: 'float32', dims: [] }] });
}
