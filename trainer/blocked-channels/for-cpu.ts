/** Whether and how a training step is rewritten for the CPU that it runs on. */
import type { NodeGradient } from '../autodiff/append-gradients.ts';
import { type Graph, pruneGraph } from '../onnx/graph.ts';
import { readShapes, type Shapes } from '../onnx/shapes.ts';
import { alignNumbers } from './align-numbers.ts';
import { blockChannels } from './block-channels.ts';
import { channelBlock } from './channel-block.ts';

/** The smallest block that ONNX Runtime has. */
const LEAST_BLOCK = 8;

/**
 * The graph with the channels of its maps in blocks; or as it is where no convolution that is trained through fills a block,
 * or where ONNX Runtime has no such operators for this CPU.
 * @param gradients what `appendGradients` notes of the nodes' gradients.
 * @param forward shapes of the forward values.
 * @param sizes of the dimensions that the graph's inputs give by name.
 */
export async function forCpu(
  graph: Graph,
  gradients: NodeGradient[],
  forward: Shapes,
  sizes: Record<string, number>,
): Promise<Graph> {
  const fillsBlock = ({ node }: NodeGradient) =>
    node.op === 'Conv' && (forward.get(node.outputs[0])?.dims[1] as number) >= LEAST_BLOCK;
  if (!gradients.some(fillsBlock)) return graph;
  const block = await channelBlock();
  if (block === undefined) return graph;
  const { inputs } = graph;
  const needed = pruneGraph(graph);
  const shapes = new Map([...forward, ...(await readShapes(needed, sizes))]);
  const blocked = blockChannels(alignNumbers(needed, shapes), gradients, shapes, block);
  return { ...blocked, inputs };
}
