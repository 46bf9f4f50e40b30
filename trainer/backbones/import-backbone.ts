/** Takes a vision backbone out of an ONNX file: pixels in front, features behind, weights frozen. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import { copyGraph, findOutput, type Graph, pruneGraph, type Value, type ValueInfo } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { encodeModel, readModelFile } from '../onnx/model-file.ts';
import { readShapes } from '../onnx/shapes.ts';
import { FEATURES, type Network, PIXELS } from './network.ts';
import { appendPreprocessing, type Preprocessing } from './preprocess.ts';

export type BackboneOptions = {
  /** The value to take as features; default the output `features`, or the only output. */
  features?: string;
  preprocessing: Preprocessing;
  /** Side of the square input in pixels; default what the graph says, else 224. */
  size?: number;
};

const USUAL_SIZE = 224;

/**
 * Reads a backbone whose image input is float32 [N, 3, H, W] or [N, H, W, 3]. Feature maps [N, C, H, W] are averaged over
 * the image. Throws `bad-model` or `unsupported` with what was found where input or features cannot be made out.
 */
export async function importBackbone(
  path: string,
  { features, preprocessing, size }: BackboneOptions,
): Promise<Network> {
  const imported = readModelFile(path);
  const image = imageInput(imported, path);
  const layout = layoutOf(image, path);
  const inputSize = size ?? layout.size ?? USUAL_SIZE;
  const source = chooseFeatures(imported, features);
  const graph = withPixels(
    withOutput(imported, source),
    image.name,
    inputSize,
    layout.channelsLast,
    preprocessing,
  );
  const dims = (await readShapes(graph, { N: 2 })).get(source)?.dims ?? [];
  const featureDim = appendFeatures(graph, source, dims, path);
  return {
    name: basename(path, extname(path)),
    graph: pruneGraph(graph),
    parameters: [],
    featureDim,
    inputSize,
  };
}

/** What a backbone computes, as a name for its features: sha256 of graph and weights. */
export function fingerprint(graph: Graph): string {
  return createHash('sha256').update(encodeModel(graph)).digest('hex');
}

function imageInput(graph: Graph, path: string): ValueInfo {
  const images = graph.inputs.filter(({ dtype, dims }) => dtype === 'float32' && dims.length === 4);
  if (images.length === 1 && graph.inputs.length === 1) return images[0];
  const found = graph.inputs.map(({ name, dtype, dims }) => `${name} ${dtype} [${dims}]`).join(', ');
  throw new SinterError(
    'bad-model',
    `Expected one input in ${path}, float32 of four dimensions for an image; found ${found || 'none'}.`,
  );
}

function layoutOf(
  { name, dims }: ValueInfo,
  path: string,
): { channelsLast: boolean; size: number | undefined } {
  const channelsLast = dims[3] === 3 && dims[1] !== 3;
  if (!channelsLast && typeof dims[1] === 'number' && dims[1] !== 3)
    throw new SinterError(
      'bad-model',
      `Expected 3 colour channels in the input "${name}" of ${path}, got the shape [${dims}].`,
    );
  const side = channelsLast ? dims[1] : dims[2];
  return { channelsLast, size: typeof side === 'number' && side > 1 ? side : undefined };
}

function chooseFeatures(graph: Graph, wanted: string | undefined): Value {
  if (wanted === undefined)
    return findOutput(graph, graph.outputs.some(({ name }) => name === FEATURES) ? FEATURES : undefined).name;
  const made = graph.nodes.flatMap(({ outputs }) => outputs);
  if (made.includes(wanted)) return wanted;
  throw new SinterError(
    'bad-input',
    `The backbone makes no value "${wanted}". Its outputs are ${graph.outputs.map(({ name }) => name).join(', ')}.`,
  );
}

function withOutput(graph: Graph, name: Value): Graph {
  return pruneGraph({ ...graph, outputs: [{ name, dims: [] }] });
}

/** The graph with uint8 pixels as input: the nodes that scale them come first and take the place of the old input. */
function withPixels(
  backbone: Graph,
  image: Value,
  size: number,
  channelsLast: boolean,
  preprocessing: Preprocessing,
): Graph {
  const g = new GraphBuilder({ ...copyGraph(backbone), inputs: [], name: 'backbone' });
  const own = backbone.nodes.length;
  g.input(PIXELS, 'uint8', ['N', size, size, 3]);
  const scaled = appendPreprocessing(g, PIXELS, preprocessing);
  const laidOut = channelsLast ? g.transpose(scaled, [0, 2, 3, 1]) : scaled;
  const { nodes } = g.graph;
  const front = [
    ...nodes.slice(own),
    {
      op: 'Identity',
      domain: '',
      name: g.fresh('image'),
      inputs: [laidOut],
      outputs: [image],
      attributes: {},
    },
  ];
  return { ...g.graph, nodes: [...front, ...nodes.slice(0, own)] };
}

/** Ends the graph in `features` [N, D] and answers D. */
function appendFeatures(graph: Graph, source: Value, dims: number[], path: string): number {
  const g = new GraphBuilder(graph);
  graph.outputs = [];
  const flat = dims.length === 4 ? g.op('Flatten', [g.op('GlobalAveragePool', [source])]) : source;
  const last = dims[1];
  if (dims[0] !== 2 || (dims.length !== 2 && dims.length !== 4))
    throw new SinterError(
      'unsupported',
      `Expected features of shape [N, D] or [N, C, H, W] at "${source}" of ${path}, got [${dims}] for a batch of 2. Name another value with --features.`,
    );
  if (source === FEATURES && flat === source)
    graph.outputs = [{ name: FEATURES, dtype: 'float32', dims: ['N', last] }];
  else g.output(FEATURES, flat, 'float32', ['N', last]);
  return last;
}
