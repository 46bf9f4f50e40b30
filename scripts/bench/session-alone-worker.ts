/** A thread that does nothing but run a graph on the same batch: what embedding costs when nothing is handed over. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import { answerCalls, initialData } from '../../retrieval/threads/call.ts';

export type SessionAloneInit = { graph: EmbedderGraph; threads: number };

const { graph, threads } = initialData<SessionAloneInit>();
let session: InferenceSession;

const methods = {
  async open(): Promise<void> {
    const extra = { session: { 'intra_op.spin_duration_us': '200' } };
    session = await InferenceSession.create(graph.path, { intraOpNumThreads: threads, extra });
  },
  /** Embeds `batch`, uint8 [N, size, size, 3], as often as is asked for. */
  async run(batch: Uint8Array, times: number): Promise<void> {
    const count = batch.length / graph.size ** 2 / 3;
    const pixels = new Tensor('uint8', batch, [count, graph.size, graph.size, 3]);
    for (let i = 0; i < times; i++) await session.run({ pixels });
  },
};
export type SessionAloneMethods = typeof methods;

answerCalls(methods);
