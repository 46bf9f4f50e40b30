/** Runs the bytes of a model file as they are, past our own reading and writing: what these are compared with. */
import { WorkerThread } from '../../retrieval/threads/call.ts';
import type { Value } from './graph.ts';
import type { RunMethods } from './run-worker.ts';
import type { RunnerInit } from './runner.ts';
import type { Tensor } from './tensor.ts';

export async function runBytes(
  model: Uint8Array,
  feeds: Record<Value, Tensor>,
  wanted: Value[],
): Promise<Record<Value, Tensor>> {
  const init: RunnerInit = { threads: 1, carried: {} };
  const thread = new WorkerThread<RunMethods>(new URL('./run-worker.ts', import.meta.url), init);
  try {
    await thread.call('open', [model]);
    return await thread.call('run', [feeds, wanted]);
  } finally {
    await thread.close();
  }
}
