/** Which input of a graph takes the image, and in what form. */
import { SinterError } from '../../retrieval/errors.ts';
import type { Graph, Value, ValueInfo } from '../onnx/graph.ts';

export type ImageInput = {
  name: Value;
  /** float32, or uint8 where the graph scales pixels by itself. */
  dtype: 'float32' | 'uint8';
  /** Whether the shape is [N, H, W, 3] rather than [N, 3, H, W]. */
  channelsLast: boolean;
  /** Side in pixels where the file fixes it. */
  size?: number;
  /** Number of images where the file fixes it. */
  batch?: number;
};

/**
 * Finds the one input of four dimensions, three of which may be colour channels.
 * @throws SinterError `bad-model` where there is none or more than one, or where its channels are not three.
 */
export function findImageInput(graph: Graph, path: string): ImageInput {
  const images = graph.inputs.filter(({ dims }) => dims.length === 4);
  const [image] = images;
  if (images.length !== 1 || (image.dtype !== 'float32' && image.dtype !== 'uint8'))
    throw new SinterError(
      'bad-model',
      `Expected one input of four dimensions for an image in ${path}, float32 or uint8; found ${describeInputs(graph.inputs)}.`,
    );
  const { name, dtype, dims } = image;
  const channelsLast = dims[3] === 3 && dims[1] !== 3;
  if (!channelsLast && typeof dims[1] === 'number' && dims[1] !== 3)
    throw new SinterError(
      'bad-model',
      `Expected 3 colour channels in the input "${name}" of ${path}, got the shape [${dims}].`,
    );
  const [height, width] = channelsLast ? [dims[1], dims[2]] : [dims[2], dims[3]];
  if (isSize(height) && isSize(width) && height !== width)
    throw new SinterError(
      'unsupported',
      `Expected square images at the input "${name}" of ${path}, got the shape [${dims}].`,
    );
  const size = [height, width].find(isSize);
  const batch = isSize(dims[0], 0) ? dims[0] : undefined;
  return { name, dtype, channelsLast, ...(size && { size }), ...(batch && { batch }) };
}

/** The shape of the input for so many square images. */
export function imageDims(
  { channelsLast }: ImageInput,
  count: number | string,
  size: number,
): (number | string)[] {
  return channelsLast ? [count, size, size, 3] : [count, 3, size, size];
}

/** Throws `unsupported` where the graph needs more than the image. */
export function requireImageAlone({ inputs }: Graph, { name }: ImageInput, path: string): void {
  const others = inputs.filter((input) => input.name !== name);
  if (others.length > 0)
    throw new SinterError(
      'unsupported',
      `Expected features of ${path} that need no input but the image "${name}"; they also need ${describeInputs(others)}. Name another value with --features.`,
    );
}

function isSize(dim: number | string, above = 1): dim is number {
  return typeof dim === 'number' && dim > above;
}

function describeInputs(inputs: readonly ValueInfo[]): string {
  return inputs.map(({ name, dtype, dims }) => `${name} ${dtype} [${dims}]`).join(', ') || 'none';
}
