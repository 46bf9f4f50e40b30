/** The first nodes of every network: uint8 pixels to what its weights expect. Inside the graph, so that training and serving cannot differ. */
import { SinterError } from '../../retrieval/errors.ts';
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, ints } from '../onnx/tensor.ts';

/** Per channel (red, green, blue) `x · scale + offset` of pixels 0..255; `bgr` for networks whose first channel is blue. */
export type Preprocessing = { scale: number[]; offset: number[]; bgr?: true };

/** The paper's: (x/255 − 0.5)·2. */
export const SYMMETRIC: Preprocessing = { scale: [2 / 255, 2 / 255, 2 / 255], offset: [-1, -1, -1] };

/** (x/255 − mean)/deviation, mean and deviation per channel in units of the whole range. */
function standardized(mean: readonly number[], deviation: readonly number[]): Preprocessing {
  return {
    scale: deviation.map((d) => 1 / (255 * d)),
    offset: mean.map((m, channel) => -m / deviation[channel]),
  };
}

const IMAGENET = standardized([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

/** How well-known families of backbones were trained, by the name that `--preprocess` takes. */
export const PREPROCESSINGS: Readonly<Record<string, Preprocessing>> = {
  /** torchvision and timm: (x/255 − mean)/deviation of ImageNet. */
  imagenet: IMAGENET,
  /** Inception, TensorFlow's MobileNets: x/127.5 − 1. */
  inception: SYMMETRIC,
  /** The same under Keras' name. */
  tf: SYMMETRIC,
  /** Caffe: blue, green, red in 0..255 less ImageNet's mean pixel. */
  caffe: { scale: [1, 1, 1], offset: [-123.68, -116.779, -103.939], bgr: true },
  /** OpenAI's CLIP: mean and deviation of its own data. */
  clip: standardized([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
  /** DINO and DINOv2. */
  dino: IMAGENET,
  /** x/255. */
  unit: { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
  /** x as it is, 0..255: for graphs that normalise by themselves. */
  raw: { scale: [1, 1, 1], offset: [0, 0, 0] },
};

/**
 * A preprocessing by its name, or as numbers: mean and deviation, of all channels (`0.5,0.5`) or of red, green, blue each
 * (`0.48,0.46,0.41,0.23,0.22,0.22`), in units of the whole range.
 * @throws SinterError `bad-input` for what is neither.
 */
export function parsePreprocessing(text: string): Preprocessing {
  if (Object.hasOwn(PREPROCESSINGS, text)) return PREPROCESSINGS[text];
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const channels = numbers.length / 2;
  const [mean, deviation] = [numbers.slice(0, channels), numbers.slice(channels)].map((values) =>
    channels === 1 ? [values[0], values[0], values[0]] : values,
  );
  if (![1, 3].includes(channels) || !numbers.every(Number.isFinite) || !deviation.every((d) => d > 0))
    throw new SinterError(
      'bad-input',
      `Expected --preprocess to be one of ${Object.keys(PREPROCESSINGS).join(', ')}, or mean and deviation as 2 or 6 numbers such as 0.5,0.5; got "${text}".`,
    );
  return standardized(mean, deviation);
}

/** uint8 [N, H, W, 3] RGB → float32 [N, 3, H, W]. */
export function appendPreprocessing(g: GraphBuilder, pixels: Value, preprocessing: Preprocessing): Value {
  const { scale, offset, order } = preprocessingTensors(preprocessing);
  return g.in('preprocess', () =>
    appendScaling(g, pixels, g.constant(scale), g.constant(offset), preprocessing.bgr && g.constant(order)),
  );
}

/** The same with the preprocessing as inputs, named as in `preprocessingTensors`: for comparing several in one session. */
export function appendOpenPreprocessing(g: GraphBuilder, pixels: Value): Value {
  const [scale, offset] = ['scale', 'offset'].map((name) => g.input(name, 'float32', [1, 3, 1, 1]));
  return appendScaling(g, pixels, scale, offset, g.input('order', 'int64', [3]));
}

/** Scale and offset as float32 [1, 3, 1, 1], and which channel of RGB comes first, second and third. */
export function preprocessingTensors({ scale, offset, bgr }: Preprocessing) {
  return {
    scale: floats(scale, [1, 3, 1, 1]),
    offset: floats(offset, [1, 3, 1, 1]),
    order: ints(bgr ? [2, 1, 0] : [0, 1, 2]),
  };
}

function appendScaling(g: GraphBuilder, pixels: Value, scale: Value, offset: Value, order?: Value): Value {
  const channelsFirst = g.transpose(g.op('Cast', [pixels], { to: 1 }), [0, 3, 1, 2]);
  const shifted = g.op('Add', [g.op('Mul', [channelsFirst, scale]), offset]);
  return order ? g.op('Gather', [shifted, order], { axis: 1 }) : shifted;
}
