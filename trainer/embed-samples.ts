/** Embeds training samples with the graph that is being trained: for class means, and as what an export must reproduce. */
import { type LongWork, stopIfAborted } from '../retrieval/progress.ts';
import type { Samples } from './data/samples.ts';
import type { Graph } from './onnx/graph.ts';
import { GraphRunner } from './onnx/runner.ts';

const BATCH = 64;

/** The numbers of all samples in order. */
export function everySample({ labels }: Samples): number[] {
  return Array.from(labels, (_, number) => number);
}

/**
 * The embeddings of the samples with these numbers, without augmentation.
 * @param graph has one output, float32 [N, dim].
 * @returns float32 [numbers.length, dim].
 */
export async function embedSamples(
  graph: Graph,
  samples: Samples,
  numbers: number[],
  work: LongWork = {},
): Promise<Float32Array> {
  const output = graph.outputs[0].name;
  const runner = await GraphRunner.open(graph);
  const parts: Float32Array[] = [];
  try {
    for (let done = 0; done < numbers.length; done += BATCH) {
      stopIfAborted(work.signal);
      const batch = await samples.batch(numbers.slice(done, done + BATCH));
      parts.push((await runner.run({ [samples.input]: batch }, [output]))[output].data as Float32Array);
      const reached = Math.min(numbers.length, done + BATCH);
      work.onProgress?.({ stage: 'embedding for class means', done: reached, total: numbers.length });
    }
  } finally {
    await runner.close();
  }
  return concatenate(parts);
}

function concatenate(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
