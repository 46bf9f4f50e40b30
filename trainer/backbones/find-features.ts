/** Which value of a graph holds the features of an image: named by the user, known by its name, or what the classifier reads. */
import { SinterError } from '../../retrieval/errors.ts';
import { findOutput, type Graph, type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import type { Shapes } from '../onnx/shapes.ts';
import { closest } from './closest.ts';
import { type DataFlow, dataFlowOf } from './data-flow.ts';
import { layerName } from './layers.ts';

export type FeatureChoice = {
  value: Value;
  /** What was left out behind it, as a sentence's beginning. */
  leftOut?: string;
};

/** Names that exporters give to features, the best first. */
const FEATURE_NAMES = [
  'features',
  'feature',
  'embedding',
  'embeddings',
  'image_embeds',
  'image_embedding',
  'image_embeddings',
  'image_features',
  'feature_vector',
  'pooler_output',
  'pooled_output',
  'last_hidden_state',
];

/** What may stand between a classifier's weights and the output without being part of what it reads. */
const BEHIND_CLASSIFIER = [
  'Cast',
  'Dropout',
  'Flatten',
  'Identity',
  'LogSoftmax',
  'Reshape',
  'Sigmoid',
  'Softmax',
  'Squeeze',
  'Unsqueeze',
];
const POOLING = ['AveragePool', 'GlobalAveragePool', 'ReduceMean'];

/** Numbers of classes of ImageNet, its supersets, Places and CIFAR, by which a classifier of maps is known. */
const USUAL_CLASSES = [10, 100, 365, 1000, 1001, 11221, 21841, 21843];

/** The output that is to give the features: the named value, or the output that is called so, or the only one. */
export function chooseOutput(graph: Graph, wanted: string | undefined): Value {
  if (wanted !== undefined) return requireValue(graph, wanted);
  const names = graph.outputs.map(({ name }) => name);
  const known = FEATURE_NAMES.find((name) => names.includes(name));
  return findOutput(graph, known).name;
}

/** Whether the output is called features, so that nothing is to be left out. */
export function isNamedFeatures(output: Value): boolean {
  return FEATURE_NAMES.includes(output);
}

/**
 * What the classifier at the end reads, if the output is one: a product with constant weights, and at most a bias and a
 * softmax or the like behind it; or a convolution of 1 × 1 that makes maps of classes which are averaged.
 */
export function withoutClassifier(graph: Graph, output: Value, shapes: Shapes): FeatureChoice {
  const flow = dataFlowOf(graph);
  const dims = (value: Value) => shapes.get(value)?.dims ?? [];
  const tail = walkBack(output, flow);
  const found = tail.node && readByClassifier(tail.node, tail, dims, flow);
  if (!found || dims(output).length !== 2) return { value: output };
  const name = layerName(tail.node as Node, found.weight);
  return { value: found.reads, leftOut: `classifier \`${name}\` (${dims(output)[1]} classes) left out` };
}

type Tail = { node: Node | undefined; passed: ReadonlySet<string> };

/** The first node, seen from the output, that is not merely behind a classifier, and the operators passed on the way. */
function walkBack(output: Value, flow: DataFlow): Tail {
  const passed = new Set<string>();
  let node = flow.producer(output);
  while (node) {
    const data = node.inputs.filter((input) => !flow.isFixed(input));
    const isBias = node.op === 'Add' && data.length === 1 && node.inputs.length === 2;
    const passes = isBias || [...BEHIND_CLASSIFIER, ...POOLING, 'Relu'].includes(node.op);
    if (!passes || node.domain !== '') break;
    passed.add(node.op);
    node = flow.producer(data[0]);
  }
  return { node, passed };
}

function readByClassifier(
  { op, inputs }: Node,
  { passed }: Tail,
  dims: (value: Value) => number[],
  flow: DataFlow,
): { reads: Value; weight: Value } | undefined {
  const reads = inputs.find((input) => !flow.isFixed(input));
  const weight = inputs.find((input) => input !== reads && flow.isFixed(input) && dims(input).length > 1);
  if (reads === undefined || weight === undefined) return undefined;
  const isPooled = POOLING.some((name) => passed.has(name));
  if (op === 'Gemm' || op === 'MatMul') return passed.has('Relu') || isPooled ? undefined : { reads, weight };
  if (
    op !== 'Conv' ||
    !dims(weight)
      .slice(2)
      .every((side) => side === 1)
  )
    return undefined;
  const sides = dims(reads).slice(2);
  if (sides.every((side) => side === 1)) return passed.has('Relu') ? undefined : { reads, weight };
  const isOfClasses = passed.has('Softmax') || USUAL_CLASSES.includes(dims(weight)[0]);
  return isPooled && isOfClasses ? { reads, weight } : undefined;
}

function requireValue(graph: Graph, wanted: string): Value {
  const made = graph.nodes.flatMap(({ outputs }) => outputs.filter(Boolean));
  if (made.includes(wanted)) return wanted;
  const outputs = graph.outputs.map(({ name }) => name).join(', ');
  const near = closest(wanted, made).join(', ');
  const last = made.slice(-5).join(', ');
  throw new SinterError(
    'bad-input',
    `The backbone makes no value "${wanted}". Its outputs are ${outputs}.${near && ` Similar names: ${near}.`} The last values that it makes: ${last}.`,
  );
}

/** How a value becomes one vector an image: as it is, the average over a map, one token, or the average over tokens. */
export type Pooling = 'none' | 'map' | 'map-channels-last' | 'class-token' | 'token-mean';

/**
 * @param dims of the value for a few images.
 * @param channelsLast whether the image's channels are, which decides where the shape does not.
 * @returns undefined for a shape that is no feature's.
 */
export function poolingOf(
  graph: Graph,
  value: Value,
  dims: number[],
  channelsLast: boolean,
): Pooling | undefined {
  if (dims.length === 2) return 'none';
  if (dims.length === 3) return hasClassToken(graph, value) ? 'class-token' : 'token-mean';
  if (dims.length !== 4) return undefined;
  const [, a, b, c] = dims;
  const isLast = a === b && b === c ? channelsLast : a === b;
  return isLast ? 'map-channels-last' : 'map';
}

/** Whether a constant token was put before those of the image: a Concat along the tokens that begins with one. */
function hasClassToken(graph: Graph, value: Value): boolean {
  const flow = dataFlowOf(graph);
  const reached = new Set<Value>([value]);
  return [...graph.nodes].reverse().some((node) => {
    if (!node.outputs.some((output) => reached.has(output))) return false;
    for (const input of node.inputs) reached.add(input);
    const { axis } = plainAttributes<{ axis: number }>(node);
    return node.op === 'Concat' && (axis === 1 || axis === -2) && isToken(node.inputs[0], flow);
  });
}

/** A constant [1, 1, D], which may be repeated for every image of a batch. */
function isToken(value: Value, flow: DataFlow): boolean {
  const node = flow.producer(value);
  if (node?.op === 'Expand' || node?.op === 'Tile') return isToken(node.inputs[0], flow);
  const floats = flow.sources(value).filter(({ tensor }) => tensor.dtype === 'float32');
  return (
    flow.isFixed(value) &&
    floats.length === 1 &&
    floats[0].tensor.data.length === floats[0].tensor.dims.at(-1)
  );
}
