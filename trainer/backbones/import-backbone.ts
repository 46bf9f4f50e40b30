/** Takes a vision backbone out of an ONNX file: pixels in front, features behind, its layers known, its weights frozen until a scope is chosen. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import { copyGraph, type Graph, pruneGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { inlineChoices } from '../onnx/inline-choices.ts';
import { inlineConstants, widenHalves } from '../onnx/inline-constants.ts';
import { encodeModel, readModelFile } from '../onnx/model-file.ts';
import { readShapes, type Shapes } from '../onnx/shapes.ts';
import { upgradeOpset } from '../onnx/upgrade-opset.ts';
import { forAnyBatch } from './any-batch.ts';
import { builtInScaling } from './built-in-scaling.ts';
import { type Core, withPixels } from './core.ts';
import {
  chooseOutput,
  isNamedFeatures,
  type Pooling,
  poolingOf,
  withoutClassifier,
} from './find-features.ts';
import { findImageInput, type ImageInput, imageDims, requireImageAlone } from './image-input.ts';
import { inferenceForm } from './inference-form.ts';
import { findLayers } from './layers.ts';
import { FEATURES, type Network } from './network.ts';
import { PREPROCESSINGS, type Preprocessing } from './preprocess.ts';
import { renameReserved } from './rename-reserved.ts';

export type BackboneOptions = {
  /** The value to take as features; default what is called so, or what the classifier reads, or the only output. */
  features?: string;
  /** Default `raw` or `unit` where the graph scales pixels by itself, else imagenet. */
  preprocessing?: Preprocessing;
  /** Side of the square input in pixels; default what the graph says, else 224. */
  size?: number;
};

export type ImportedBackbone = Network & {
  preprocessing: Preprocessing;
  /** How sure the preprocessing is: the user has said it, the graph shows it, or nothing did. */
  preprocessingFrom: 'options' | 'graph' | 'default';
  core: Core;
  /** Sentences for the user: what was chosen where the file leaves a choice. */
  notes: string[];
};

const USUAL_SIZE = 224;

/**
 * Reads a backbone with an image input [N, 3, H, W] or [N, H, W, 3], float32 (or float16, which is widened) or uint8, of
 * operator sets 1 and newer, with the batch free or fixed. Feature maps and tokens become one vector an image.
 * @throws SinterError `bad-model` or `unsupported` with what was found, where input or features cannot be made out, where the
 * graph mixes the images of a batch, or where its features are no numbers or the same for every image.
 */
export async function importBackbone(path: string, options: BackboneOptions = {}): Promise<ImportedBackbone> {
  const read = inlineConstants(widenHalves(readModelFile(path)));
  const plain = inlineConstants(await inlineChoices(read, oneImage(read, options.size)));
  const file = inferenceForm(upgradeOpset(plain));
  const image = findImageInput(file, path);
  const output = chooseOutput(file, options.features);
  const whole = endingIn(file, output);
  requireImageAlone(whole, image, path);
  const inputSize = options.size ?? image.size ?? USUAL_SIZE;
  const shapes = await shapesAt(whole, image, inputSize, path);
  const isChosen = options.features !== undefined || isNamedFeatures(output);
  const { value, leftOut } = isChosen ? { value: output } : withoutClassifier(whole, output, shapes);
  const features = appendFeatures(endingIn(file, value), value, shapes, image, path);

  const builtIn = builtInScaling(features.graph, image.name);
  const preprocessing = options.preprocessing ?? PREPROCESSINGS[builtIn ?? 'imagenet'];
  const draft = {
    name: basename(path, extname(path)),
    core: { graph: features.graph, image },
    preprocessing,
    preprocessingFrom: options.preprocessing ? 'options' : builtIn ? 'graph' : 'default',
    layers: [],
    parameters: [],
    featureDim: features.dim,
    inputSize,
  } as const;
  const { core, note } = await forAnyBatch(draft.core, shapes, inputSize, preprocessing, path);
  const graph = withPixels(core, inputSize, preprocessing);
  const chosen = `${leftOut ? `${leftOut}; ` : ''}features are ${features.words}, ${features.dim} numbers`;
  const scaling =
    builtIn &&
    `The graph scales pixels by itself: it gets them ${builtIn === 'raw' ? 'as they are' : 'as 0..1'}`;
  return {
    ...draft,
    core,
    graph,
    layers: findLayers(graph),
    parameters: [],
    notes: [chosen, !options.preprocessing && scaling, note]
      .filter(Boolean)
      .map((text) => `${upperFirst(text as string)}.`),
  };
}

/** The same backbone behind another preprocessing. */
export function withPreprocessing(
  backbone: ImportedBackbone,
  preprocessing: Preprocessing,
): ImportedBackbone {
  return { ...backbone, preprocessing, graph: withPixels(backbone.core, backbone.inputSize, preprocessing) };
}

/** The backbone's graph with the preprocessing as inputs (`appendOpenPreprocessing`). */
export function openPreprocessingGraph({ core, inputSize }: ImportedBackbone): Graph {
  return withPixels(core, inputSize);
}

/** What a backbone computes, as a name for its features: sha256 of graph and weights. */
export function fingerprint(graph: Graph): string {
  return createHash('sha256').update(encodeModel(graph)).digest('hex');
}

/** Sizes of what the inputs leave open, for a single image: the first axis is that of the images. */
function oneImage({ inputs }: Graph, size = USUAL_SIZE): Record<string, number> {
  const open = inputs.flatMap(({ dims }) => dims.map((dim, axis) => [dim, axis === 0 ? 1 : size] as const));
  return Object.fromEntries(open.filter(([dim]) => typeof dim === 'string'));
}

function endingIn(graph: Graph, name: Value): Graph {
  return pruneGraph({ ...graph, outputs: [{ name, dims: [] }] });
}

/** Shapes of all values at the batch size that the file fixes, or for one image. */
async function shapesAt(graph: Graph, image: ImageInput, size: number, path: string): Promise<Shapes> {
  const { name, dtype, batch = 1 } = image;
  try {
    return await readShapes({ ...graph, inputs: [{ name, dtype, dims: imageDims(image, batch, size) }] });
  } catch (error) {
    throw doesNotRun(path, image, size, error);
  }
}

function doesNotRun(path: string, { size: fixed }: ImageInput, size: number, cause: unknown): SinterError {
  const hint = fixed && fixed !== size ? ` The file is made for ${fixed} × ${fixed}; leave --size out.` : '';
  return new SinterError(
    'unsupported',
    `${path} does not run on images of ${size} × ${size} pixels.${hint} ONNX Runtime says: ${(cause as Error).message}`,
    { cause },
  );
}

const POOLED: Record<Pooling, (value: Value) => string> = {
  none: (value) => `\`${value}\``,
  map: (value) => `\`${value}\` averaged over the image`,
  'map-channels-last': (value) => `\`${value}\` averaged over the image`,
  'class-token': (value) => `the class token of \`${value}\``,
  'token-mean': (value) => `\`${value}\` averaged over its tokens`,
};

/** The graph with its one output `features` [N, D], and D. */
function appendFeatures(
  graph: Graph,
  value: Value,
  shapes: Shapes,
  image: ImageInput,
  path: string,
): { graph: Graph; dim: number; words: string } {
  const dims = shapes.get(value)?.dims ?? [];
  const { batch = 1 } = image;
  const pooling = dims[0] === batch ? poolingOf(graph, value, dims, image.channelsLast) : undefined;
  if (!pooling)
    throw new SinterError(
      'unsupported',
      `Expected features of shape [N, D], [N, C, H, W] or [N, T, D] at "${value}" of ${path}, got [${dims}] for a batch of ${batch}. Name another value with --features.`,
    );
  const renamed = renameReserved(graph, value);
  const g = new GraphBuilder({ ...copyGraph(renamed.graph), outputs: [] });
  const dim = dims[pooling === 'map' ? 1 : dims.length - 1];
  g.output(FEATURES, appendPooling(g, renamed.value, pooling), 'float32', ['N', dim]);
  return { graph: g.graph, dim, words: POOLED[pooling](value) };
}

function appendPooling(g: GraphBuilder, value: Value, pooling: Pooling): Value {
  switch (pooling) {
    case 'none':
      return value;
    case 'map':
      return g.op('Flatten', [g.op('GlobalAveragePool', [value])]);
    case 'map-channels-last':
      return g.reduce('ReduceMean', value, [1, 2], false);
    case 'class-token':
      return g.op('Gather', [value, g.ints(0)], { axis: 1 });
    case 'token-mean':
      return g.reduce('ReduceMean', value, [1], false);
  }
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
