/** The worker thread in which training graphs run: the one file of the trainer that imports ONNX Runtime. */
import { InferenceSession, Tensor as OrtTensor, type TypedTensor } from 'onnxruntime-node';
import { answerCalls, initialData, Moved } from '../../retrieval/threads/call.ts';
import type { ValueInfo } from './graph.ts';
import type { RunnerInit } from './runner.ts';
import type { DType, Tensor, TensorData } from './tensor.ts';

const { threads, carried } = initialData<RunnerInit>();

/** Carried values by the name of the input they feed. */
let state: Record<string, OrtTensor> = {};
let session: InferenceSession;

const methods = {
  async open(model: Uint8Array): Promise<void> {
    session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // A pattern makes of all intermediate values one block, beside the blocks that the first run has taken already.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: {
        session: {
          set_denormal_as_zero: '1',
          // Threads wait for each other by spinning for so long, then sleep: on a busy machine they would keep each other from work.
          'intra_op.spin_duration_us': '200',
        },
      },
    });
  },

  outputInfos(): ValueInfo[] {
    return session.outputMetadata.map((output) => {
      if (!output.isTensor) return { name: output.name, dims: [] };
      return { name: output.name, dtype: output.type as DType, dims: [...output.shape] };
    });
  },

  /** Runs once; outputs that are carried become the inputs of the next run, the `wanted` ones are answered. */
  async run(feeds: Record<string, Tensor>, wanted: string[]): Promise<Moved<Record<string, Tensor>>> {
    const inputs = {
      ...state,
      ...Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(value)])),
    };
    const results = await session.run(inputs, [...wanted, ...Object.values(carried)]);
    for (const [input, output] of Object.entries(carried)) state[input] = results[output];
    const answers = wanted.map((name) => [name, fromOrt(results[name])] as const);
    // What is carried stays here, so it is answered as a copy; all else moves.
    const kept = new Set(Object.values(carried));
    const moving = answers.filter(([name]) => !kept.has(name)).map(([, { data }]) => data.buffer);
    return new Moved(Object.fromEntries(answers), [...new Set(moving as ArrayBuffer[])]);
  },

  writeState(values: Record<string, Tensor>): void {
    state = {
      ...state,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toOrt(value)])),
    };
  },

  /** Copies of the carried values, made once: they move to the caller. */
  readState(): Moved<Record<string, Tensor>> {
    const copies = Object.entries(state).map(([name, value]) => {
      const { data, ...rest } = fromOrt(value);
      return [name, { ...rest, data: data.slice() }] as const;
    });
    const moving = copies.map(([, { data }]) => data.buffer as ArrayBuffer);
    return new Moved(Object.fromEntries(copies), moving);
  },

  async close(): Promise<void> {
    state = {};
    await session?.release();
  },
};
export type RunMethods = typeof methods;

function toOrt({ dtype, data, dims }: Tensor): OrtTensor {
  return new OrtTensor(dtype, data as TypedTensor<'float32'>['data'], dims);
}

function fromOrt(value: OrtTensor): Tensor {
  return { dtype: value.type as DType, data: value.data as TensorData, dims: [...value.dims] };
}

answerCalls(methods);
