/** Makes sure that a backbone takes any number of images and treats each by itself. */
import { SinterError } from '../../retrieval/errors.ts';
import { foldConstants } from '../onnx/fold-constants.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { type Core, withPixels } from './core.ts';
import { freeBatch } from './free-batch.ts';
import { imageDims } from './image-input.ts';
import { findLayers } from './layers.ts';
import type { Preprocessing } from './preprocess.ts';
import { compareWithSingleImages } from './single-images.ts';

/**
 * The core, its batch freed where that is needed: tried first where the file fixes the number of images, else only where the
 * core as it is does not treat every image by itself.
 */
export async function forAnyBatch(
  core: Core,
  shapes: Shapes,
  size: number,
  preprocessing: Preprocessing,
  path: string,
): Promise<{ core: Core; note?: string }> {
  const asItIs = async () => ({ core });
  const freed = async () => ({
    core: await withFreeBatch(core, shapes, size),
    note: 'batches of any size are made possible where the file fixes theirs',
  });
  const differences: string[] = [];
  for (const attempt of core.image.batch ? [freed, asItIs] : [asItIs, freed]) {
    const candidate = await attempt();
    const graph = withPixels(candidate.core, size, preprocessing);
    const difference = await compareWithSingleImages(graph, size, path);
    if (!difference) return candidate;
    differences.push(difference);
  }
  const { size: fixed } = core.image;
  const advice =
    fixed && fixed !== size
      ? `The file is made for ${fixed} × ${fixed} pixels, not ${size} × ${size}; leave --size out.`
      : 'Export it with the batch as a dynamic axis.';
  throw new SinterError(
    'unsupported',
    `${path} does not take any number of images: ${differences[0]}. ${advice}`,
  );
}

/** Shape arithmetic is folded first: a shape that is computed from the batch is then a constant with the batch in it. */
async function withFreeBatch({ graph, image }: Core, shapes: Shapes, size: number): Promise<Core> {
  const { name, dtype, batch = 1 } = image;
  const fixed = { ...graph, inputs: [{ name, dtype, dims: imageDims(image, batch, size) }] };
  const weights = findLayers(graph).flatMap(({ parameters }) => parameters);
  const folded = await foldConstants(fixed, {}, weights);
  return { graph: freeBatch(folded, name, shapes, batch), image };
}
