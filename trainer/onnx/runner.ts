/** Runs a training graph in a worker thread, where the values that go from step to step (weights, optimizer state) stay. */
import { SinterError } from '../../retrieval/errors.ts';
import { WorkerThread } from '../../retrieval/threads/call.ts';
import { usableCores } from '../../retrieval/threads/usable-cores.ts';
import type { Graph, Value, ValueInfo } from './graph.ts';
import { encodeModel } from './model-file.ts';
import type { RunMethods } from './run-worker.ts';
import type { Tensor } from './tensor.ts';

/** `carried` maps an input to the output that feeds it in the next run. */
export type RunnerInit = { threads: number; carried: Record<Value, Value> };

export type RunnerOptions = {
  threads?: number;
  carried?: Record<Value, Value>;
  state?: Record<Value, Tensor>;
};

export class GraphRunner {
  readonly #thread: WorkerThread<RunMethods>;

  private constructor(thread: WorkerThread<RunMethods>) {
    this.#thread = thread;
  }

  /**
   * Opens a session over the graph; `state` are the first values of the carried inputs.
   * @throws SinterError `bad-model` with ONNX Runtime's words where it refuses the graph.
   */
  static async open(graph: Graph, options: RunnerOptions = {}): Promise<GraphRunner> {
    const { threads = usableCores, carried = {}, state } = options;
    const url = new URL(
      import.meta.url.endsWith('.ts') ? './run-worker.ts' : './run-worker.js',
      import.meta.url,
    );
    const init: RunnerInit = { threads, carried };
    const model = encodeModel(graph);
    const runner = new GraphRunner(new WorkerThread<RunMethods>(url, init));
    try {
      await runner.#thread.call('open', [model], [model.buffer as ArrayBuffer]);
    } catch (error) {
      await runner.#thread.close();
      throw new SinterError(
        'bad-model',
        `ONNX Runtime refuses the graph "${graph.name}": ${(error as Error).message}`,
        { cause: error },
      );
    }
    if (state) await runner.writeState(state);
    return runner;
  }

  /** Runs the graph once and answers the outputs that are wanted. */
  run(feeds: Record<Value, Tensor>, wanted: Value[]): Promise<Record<Value, Tensor>> {
    return this.#thread.call('run', [feeds, wanted]);
  }

  /** The outputs of the graph as ONNX Runtime infers them; a size that is known only after a run is a name. */
  outputInfos(): Promise<ValueInfo[]> {
    return this.#thread.call('outputInfos', []);
  }

  /** A copy of the carried values, by the name of their input. */
  readState(): Promise<Record<Value, Tensor>> {
    return this.#thread.call('readState', []);
  }

  /** Replaces carried values. */
  writeState(values: Record<Value, Tensor>): Promise<void> {
    return this.#thread.call('writeState', [values]);
  }

  /** Releases the session and ends the thread. */
  async close(): Promise<void> {
    await this.#thread.call('close', []).catch(() => undefined);
    await this.#thread.close();
  }
}

/** Runs a graph a single time. */
export async function runOnce(
  graph: Graph,
  feeds: Record<Value, Tensor>,
  options?: RunnerOptions,
): Promise<Record<Value, Tensor>> {
  const runner = await GraphRunner.open(graph, options);
  try {
    return await runner.run(
      feeds,
      graph.outputs.map(({ name }) => name),
    );
  } finally {
    await runner.close();
  }
}
