/** How many channels ONNX Runtime puts into a block on this CPU. */
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { zeros } from '../onnx/tensor.ts';
import { NCHWC } from './blocked-graph.ts';

/** The fewest channels that can be put into blocks; what comes out are whole blocks. */
const CHANNELS = 4;

let found: Promise<number | undefined> | undefined;

/** 16 with AVX-512, 8 with AVX2; undefined where ONNX Runtime has no blocked operators. Asked once a process. */
export function channelBlock(): Promise<number | undefined> {
  found ??= measure();
  return found;
}

async function measure(): Promise<number | undefined> {
  const g = new GraphBuilder(emptyGraph('channel-block', { '': 18, [NCHWC]: 1 }));
  const x = g.input('x', 'float32', [1, CHANNELS, 1, 1]);
  const [blocked] = g.ops('ReorderInput', [x], 1, {}, NCHWC);
  g.graph.outputs.push({ name: blocked, dims: [] });
  try {
    const answer = await runOnce(g.graph, { x: zeros([1, CHANNELS, 1, 1]) }, { threads: 1 });
    return answer[blocked].dims[1];
  } catch {
    return undefined;
  }
}
