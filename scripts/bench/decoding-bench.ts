/**
 * The bench `decoding`: JPEG files → pixels in processes of their own, as machines of many cores decode them, against
 * libuv's threads of one process, as others do.
 */
import { availableParallelism } from 'node:os';
import { createDecoders, type Decoders } from '../../retrieval/image/decoders.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { createCores } from '../../retrieval/threads/cores.ts';
import { processorMs } from './child-usage.ts';
import { decodeAll } from './decode-all.ts';
import type { Finding } from './finding.ts';
import { inPairs, medianRatio, quantile, timed } from './in-pairs.ts';
import { type JpegSource, readJpegs } from './jpeg-files.ts';

export type DecodingBench = JpegSource & {
  processes: number;
  /** Images of a turn. */
  images: number;
  rounds: number;
};

export const DECODING_DEFAULTS = { processes: Math.min(16, availableParallelism()), images: 2000, rounds: 5 };

const RULE: InputRule = { fit: 'cover', resize: 224, crop: 224 };
const MOST_ORIGINALS = 500;

export async function decodingBench(options: DecodingBench, work: LongWork = {}): Promise<Finding> {
  const { processes, images, rounds } = options;
  const files = await readJpegs(options, MOST_ORIGINALS);
  // As many cores as keep every process busy, on a machine of any size.
  const cores = createCores(Math.max(processes, availableParallelism()));
  const ours = createDecoders({ most: processes, cores });
  const theirs = createDecoders({ most: 0, cores });
  const cpuMs: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const turnOf = (side: 'ours' | 'theirs') => async () => {
    const before = processorMs();
    const decoders = side === 'ours' ? ours : theirs;
    const ms = await timed(() => decodeAll(decoders, files, { rule: RULE, count: images }));
    cpuMs[side].push((processorMs() - before) / images);
    return ms;
  };
  // Starts the processes and warms up both sides.
  await decodeAll(ours, files, { rule: RULE });
  const differences = await countDifferences(ours, theirs, files);
  const pairs = await inPairs('decoding', rounds, turnOf('ours'), turnOf('theirs'), work);
  const ratio = medianRatio(pairs);
  const rate = (ms: readonly number[]) => (1000 * images) / quantile(ms, 0.5);
  return {
    bench: 'decoding',
    peer: `libuv's ${process.env.UV_THREADPOOL_SIZE ?? 4} threads of one process`,
    ratio,
    claims: [
      { what: 'images whose pixels differ', value: differences, atMost: 0 },
      { what: 'images a second, of those of the peer', value: 1 / ratio, atLeast: 1 },
    ],
    figures: {
      'images a second': rate(pairs.ours),
      'images a second, one process': rate(pairs.theirs),
      'processor ms an image': quantile(cpuMs.ours, 0.5),
      'processor ms an image, one process': quantile(cpuMs.theirs, 0.5),
      'kilobytes a JPEG': files.reduce((sum, { length }) => sum + length, 0) / files.length / 1000,
      processes,
      images,
      rounds,
    },
  };
}

async function countDifferences(a: Decoders, b: Decoders, files: readonly Buffer[]): Promise<number> {
  const differs = files.map(async (file) => {
    const [one, other] = await Promise.all([a.decode(file, RULE), b.decode(file, RULE)]);
    return Buffer.compare(one.data, other.data) !== 0;
  });
  return (await Promise.all(differs)).filter(Boolean).length;
}
