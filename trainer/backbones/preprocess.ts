/** The first nodes of every network: uint8 pixels to what its weights expect. Inside the graph, so that training and serving cannot differ. */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

/** Per channel (red, green, blue) `x · scale + offset` of pixels 0..255; `bgr` for networks whose first channel is blue. */
export type Preprocessing = { scale: number[]; offset: number[]; bgr?: true };

/** The paper's: (x/255 − 0.5)·2. */
export const SYMMETRIC: Preprocessing = { scale: [2 / 255, 2 / 255, 2 / 255], offset: [-1, -1, -1] };

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** How well-known families of backbones were trained, by the name that `--preprocess` takes. */
export const PREPROCESSINGS: Readonly<Record<string, Preprocessing>> = {
  /** torchvision and timm: (x/255 − mean)/deviation of ImageNet. */
  imagenet: { scale: DEVIATION.map((d) => 1 / (255 * d)), offset: MEAN.map((m, i) => -m / DEVIATION[i]) },
  /** Inception, TensorFlow's MobileNets: x/127.5 − 1. */
  inception: SYMMETRIC,
  /** Caffe: blue, green, red in 0..255 less ImageNet's mean pixel. */
  caffe: { scale: [1, 1, 1], offset: [-123.68, -116.779, -103.939], bgr: true },
  /** x/255. */
  unit: { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
};

/** uint8 [N, H, W, 3] RGB → float32 [N, 3, H, W]. */
export function appendPreprocessing(
  g: GraphBuilder,
  pixels: Value,
  { scale, offset, bgr }: Preprocessing,
): Value {
  return g.in('preprocess', () => {
    const channelsFirst = g.transpose(g.op('Cast', [pixels], { to: 1 }), [0, 3, 1, 2]);
    const scaled = g.op('Mul', [channelsFirst, g.floats(scale, [1, 3, 1, 1])]);
    const shifted = g.op('Add', [scaled, g.floats(offset, [1, 3, 1, 1])]);
    return bgr ? g.op('Gather', [shifted, g.ints([2, 1, 0])], { axis: 1 }) : shifted;
  });
}
