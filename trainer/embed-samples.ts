/** Embeds samples with the graph that is being trained: for class means, for judging, and as what an export must reproduce. */
import { type LongWork, stopIfAborted } from '../retrieval/progress.ts';
import type { Tensors } from './checkpoint.ts';
import type { Samples } from './data/samples.ts';
import type { Graph } from './onnx/graph.ts';
import { GraphRunner } from './onnx/runner.ts';

const BATCH = 64;

/** A session that stays open from epoch to epoch; what is trained is loaded into it as inputs. */
export class SampleEmbedder {
  readonly #runner: GraphRunner;
  readonly #graph: Graph;
  readonly #samples: Samples;

  private constructor(runner: GraphRunner, graph: Graph, samples: Samples) {
    this.#runner = runner;
    this.#graph = graph;
    this.#samples = samples;
  }

  /** @param graph has one output, float32 [N, D]; besides the samples its inputs are what `load` brings. */
  static async open(graph: Graph, samples: Samples): Promise<SampleEmbedder> {
    return new SampleEmbedder(await GraphRunner.open(graph), graph, samples);
  }

  /** Takes over trained values; those that the graph does not read are passed over. */
  async load(values: Tensors): Promise<void> {
    const inputs = new Set(this.#graph.inputs.map(({ name }) => name));
    const read = Object.entries(values).filter(([name]) => inputs.has(name));
    await this.#runner.writeState(Object.fromEntries(read));
  }

  /** The embeddings of the samples with these numbers, without augmentation, float32 [numbers.length, D]. */
  async embed(numbers: readonly number[], work: LongWork & { stage?: string } = {}): Promise<Float32Array> {
    const output = this.#graph.outputs[0].name;
    const parts: Float32Array[] = [];
    for (let done = 0; done < numbers.length; done += BATCH) {
      stopIfAborted(work.signal);
      const batch = await this.#samples.batch(numbers.slice(done, done + BATCH));
      const results = await this.#runner.run({ [this.#samples.input]: batch }, [output]);
      parts.push(results[output].data as Float32Array);
      const reached = Math.min(numbers.length, done + BATCH);
      work.onProgress?.({ stage: work.stage ?? 'embedding', done: reached, total: numbers.length });
    }
    return concatenate(parts);
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

/** Embeds with a graph that holds its values. */
export async function embedSamples(
  graph: Graph,
  samples: Samples,
  numbers: readonly number[],
  work: LongWork & { stage?: string } = {},
): Promise<Float32Array> {
  const embedder = await SampleEmbedder.open(graph, samples);
  try {
    return await embedder.embed(numbers, work);
  } finally {
    await embedder.close();
  }
}

function concatenate(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}
