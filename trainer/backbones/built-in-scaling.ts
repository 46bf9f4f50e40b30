/** Whether a graph scales pixels by itself: its first nodes tell what range of pixels it was made for. */
import type { Graph, Node, Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { dataFlowOf } from './data-flow.ts';

/** Operators that pass on what is in the pixels. */
const PASSING = ['Transpose', 'Cast', 'Identity', 'Pad', 'Reshape', 'Squeeze', 'Unsqueeze', 'Resize'];

/** Mean and deviation of the pixels of photos as a share of the whole range, as ImageNet has them. */
const PHOTO = { mean: 0.45, deviation: 0.27 };

/**
 * The preprocessing that leaves the rest to the graph: `raw` where it scales pixels of 0..255, `unit` where it scales
 * 0..1, undefined where its first nodes do not scale, or not so that one of the two would come out of ordinary size.
 */
export function builtInScaling(graph: Graph, image: Value): 'raw' | 'unit' | undefined {
  const scaling = scalingOf(graph, image);
  if (!scaling || (Math.abs(scaling.scale - 1) < 0.5 && Math.abs(scaling.offset) < 10)) return undefined;
  const { scale, offset } = scaling;
  const isOrdinary = (range: number) => {
    const mean = scale * range * PHOTO.mean + offset;
    const deviation = Math.abs(scale * range * PHOTO.deviation);
    return Math.abs(mean) <= 2 * deviation && deviation > 0.1 && deviation < 100;
  };
  if (isOrdinary(255)) return 'raw';
  return isOrdinary(1) ? 'unit' : undefined;
}

/** scale · x + offset, averaged over the channels, of the arithmetic between the image and the first other node. */
function scalingOf(graph: Graph, image: Value): { scale: number; offset: number } | undefined {
  const flow = dataFlowOf(graph);
  let [value, scale, offset] = [image, 1, 0];
  let found = false;
  for (;;) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(value));
    if (readers.length !== 1) break;
    const [node] = readers;
    if (!PASSING.includes(node.op)) {
      const operand = node.inputs.find((input) => input !== value);
      const sources = operand !== undefined && flow.isFixed(operand) ? flow.sources(operand) : [];
      const step = sources.length === 1 ? affine(node, value, meanOf(sources[0].tensor)) : undefined;
      if (!step) break;
      [scale, offset] = [scale * step.scale, offset * step.scale + step.offset];
      found = true;
    }
    value = node.outputs[0];
  }
  return found ? { scale, offset } : undefined;
}

function affine({ op, inputs }: Node, value: Value, operand: number) {
  const isLeft = inputs[0] === value;
  if (op === 'Mul') return { scale: operand, offset: 0 };
  if (op === 'Add') return { scale: 1, offset: operand };
  if (op === 'Sub') return isLeft ? { scale: 1, offset: -operand } : { scale: -1, offset: operand };
  return op === 'Div' && isLeft ? { scale: 1 / operand, offset: 0 } : undefined;
}

function meanOf({ data }: Tensor): number {
  return Array.from(data, Number).reduce((sum, value) => sum + value, 0) / data.length;
}
