/**
 * The inside of an embedding thread: one ONNX session. The only file of the retrieval side that imports ONNX Runtime,
 * whose `run` blocks its thread, which is why it is kept in threads. Knows nothing of queues and images.
 */
import { constants, platform, setPriority } from 'node:os';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { SinterError } from '../errors.ts';
import { threadNumber } from '../threads/affinity.ts';
import { answerCalls, initialData, Moved } from '../threads/call.ts';
import type { Device, ListedProvider } from './device.ts';
import type { EmbedderGraph } from './embedder.ts';

export type EmbedThreadInit = {
  graph: EmbedderGraph;
  device: Device;
  threads: number;
  /** Whether it leaves its cores to other threads as soon as they want them, where the system has priorities of threads. */
  yields: boolean;
};

const INPUT = 'pixels';
const { graph, device, threads, yields } = initialData<EmbedThreadInit>();
const imageBytes = graph.size ** 2 * 3;
let session: InferenceSession;

// On Linux the calling thread's and, by inheritance, those of its session; elsewhere it would be the process's.
if (yields && platform() === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const methods = {
  /** What this build of ONNX Runtime can try. */
  providers: (): ListedProvider[] => listSupportedBackends(),
  /**
   * Loads the graph and runs it once, which also warms it up; answers with the system's number of this thread. Throws
   * `bad-model` where it is not such a graph, and `no-device` where the device cannot run it.
   */
  async open(): Promise<number | undefined> {
    session = await load();
    requireSignature(session);
    await embed(new Uint8Array(imageBytes));
    return threadNumber();
  },
  /** Embeds the first `count` images of uint8 [N, size, size, 3] into float32 [count, dim]; the pixels go back with it. */
  async embed(pixels: Uint8Array<ArrayBuffer>, count: number) {
    const vectors = await embed(pixels.subarray(0, count * imageBytes));
    return new Moved({ vectors, pixels }, [vectors.buffer, pixels.buffer]);
  },
};
export type EmbedMethods = typeof methods;

answerCalls(methods);

async function load(): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(graph.path, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Threads of a session that wait for each other by spinning keep decoders and other sessions from their work.
      extra: { session: { 'intra_op.spin_duration_us': '200' } },
      // Its errors are thrown as well; on stderr they would only stand beside the message for the user.
      logSeverityLevel: 4,
    });
  } catch (error) {
    const said = (error as Error).message;
    if (device === 'cpu') throw badModel(`a graph that ONNX Runtime can load; it says: ${said}`);
    throw new SinterError('no-device', `The device ${device} cannot be used: ${telling(said)}.`);
  }
}

function requireSignature({ inputNames, inputMetadata, outputNames }: InferenceSession): void {
  const input = inputMetadata[0];
  const shape = input?.isTensor ? input.shape : [];
  const wanted = [graph.size, graph.size, 3];
  const fits = wanted.every((side, axis) => typeof shape[axis + 1] !== 'number' || shape[axis + 1] === side);
  if (input?.isTensor && input.type === 'uint8' && input.name === INPUT && shape.length === 4 && fits) {
    if (inputNames.length === 1 && outputNames.length === 1) return;
  }
  const inputs = inputMetadata.map(
    (each) => `${each.name} ${each.isTensor ? `${each.type} [${each.shape}]` : ''}`,
  );
  throw badModel(
    `one input \`${INPUT}\` uint8 [N, ${wanted.join(', ')}] and one output; got ${inputs.join(' and ')} → ${outputNames.join(', ')}`,
  );
}

async function embed(pixels: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
  const count = pixels.length / imageBytes;
  const input = new Tensor('uint8', pixels, [count, graph.size, graph.size, 3]);
  const output = (await session.run({ [INPUT]: input }))[session.outputNames[0] as string] as Tensor;
  const [rows, dim] = output.dims;
  if (output.type !== 'float32' || output.dims.length !== 2 || rows !== count || dim !== graph.dim) {
    throw badModel(
      `an output float32 [${count}, ${graph.dim}]; got ${output.type} [${output.dims.join(', ')}]`,
    );
  }
  return new Float32Array(output.data as Float32Array);
}

/** Without the places in ONNX Runtime's sources that lead to it, and whose paths say nothing. */
function telling(said: string): string {
  const end = said.replace(/^.*\b(was false|failed)\.\s+/s, '').trim();
  return end.split('\n')[0].replace(/[.:\s]+$/, '');
}

function badModel(expected: string): SinterError {
  return new SinterError('bad-model', `Expected in ${graph.path} ${expected}. Export the model again.`);
}
