/** The trainable parts of a network, read off its graph: which constants are weights, and which weights belong together. */
import { describeNode, type Graph, type Node, type Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { type DataFlow, dataFlowOf } from './data-flow.ts';

/** A layer with weights and what follows up to the next one: its bias, its norm, slopes, embeddings added to its output. */
export type Layer = { name: string; parameters: Value[] };

/** Operators whose constant operand is a layer's weight, with the positions where it may stand. */
const WEIGHTS: Record<string, readonly number[]> = {
  Conv: [1],
  ConvTranspose: [1],
  Einsum: [0, 1],
  Gemm: [0, 1],
  MatMul: [0, 1],
};

/** Operators with other trainable operands: biases, scales, shifts, slopes. Running statistics are none of them. */
const COMPANIONS: Record<string, readonly number[]> = {
  BatchNormalization: [1, 2],
  Conv: [2],
  ConvTranspose: [2],
  Gemm: [2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  PRelu: [1],
  RMSNormalization: [1],
};

/** Operators by which exporters write biases, scales and embeddings; a single number among their operands is a setting. */
const ARITHMETIC = ['Add', 'Sub', 'Mul', 'Div'];

/** An attention mask adds nothing, or so much that softmax makes it nothing. */
const MASKED = -50;

/**
 * The layers of a network from input to features, in the order of its nodes, with every trainable float32 tensor: weights,
 * biases, norms' scales and shifts, slopes, class tokens and embeddings of positions. Not among them are statistics,
 * settings (single numbers), masks, quantized weights, and arithmetic before the first layer, which prepares the image.
 */
export function findLayers(graph: Graph): Layer[] {
  const flow = dataFlowOf(graph);
  const layers: Layer[] = [];
  const seen = new Set<Value>();
  const behindWeights = new Set<Value>();
  const add = (operand: Value): void => {
    for (const { name, tensor } of flow.sources(operand)) {
      if (seen.has(name) || tensor.dtype !== 'float32') continue;
      seen.add(name);
      if (layers.length === 0) layers.push({ name: 'input', parameters: [] });
      layers[layers.length - 1].parameters.push(name);
    }
  };
  for (const node of graph.nodes) {
    if (node.inputs.every(flow.isFixed)) continue;
    const weights = operandsAt(node, WEIGHTS, flow);
    const fresh = weights.some((operand) => flow.sources(operand).some(({ name }) => !seen.has(name)));
    if (fresh) layers.push({ name: layerName(node, flow.sources(weights[0])[0].name), parameters: [] });
    const isBehind = weights.length > 0 || node.inputs.some((input) => behindWeights.has(input));
    if (isBehind) for (const output of node.outputs) behindWeights.add(output);
    for (const operand of weights) add(operand);
    for (const operand of operandsAt(node, COMPANIONS, flow)) add(operand);
    if (isBehind) for (const operand of looseOperands(node, flow)) add(operand);
  }
  return layers.filter(({ parameters }) => parameters.length > 0);
}

/** The name of a layer as its author wrote it, as far as the file tells: the weight's without `weight`, else the node's. */
export function layerName(node: Node, weight: Value): string {
  const [, named] = /^(.+?)[./_](?:weight|kernel|gamma|scale|w)(?::\d+)?$/i.exec(weight) ?? [];
  return named ?? (node.name || describeNode(node));
}

function operandsAt(node: Node, positions: Record<string, readonly number[]>, flow: DataFlow): Value[] {
  if (node.domain !== '') return [];
  const operands = (positions[node.op] ?? []).map((position) => node.inputs[position]);
  return operands.filter((operand) => operand && flow.isFixed(operand) && !isQuantized(operand, flow));
}

/** Constants that a node adds to its data, multiplies it with or puts beside it. */
function looseOperands({ op, domain, inputs }: Node, flow: DataFlow): Value[] {
  if (domain !== '' || !(ARITHMETIC.includes(op) || op === 'Concat')) return [];
  const isParameter = ({ tensor }: { tensor: Tensor }) =>
    op === 'Concat' ? tensor.dims.length <= 3 : tensor.data.length > 1 && !isMask(tensor);
  return inputs
    .filter((input) => flow.isFixed(input) && flow.producer(input)?.op !== 'ConstantOfShape')
    .filter((input) => flow.sources(input).some(({ tensor }) => tensor.dtype === 'float32'))
    .filter((input) =>
      flow
        .sources(input)
        .filter(({ tensor }) => tensor.dtype === 'float32')
        .every(isParameter),
    );
}

function isMask({ data }: Tensor): boolean {
  const values = Array.from(data, Number);
  return values.every((value) => value === 0 || value <= MASKED) && values.some((value) => value !== 0);
}

function isQuantized(operand: Value, flow: DataFlow): boolean {
  const node = flow.producer(operand);
  if (!node) return false;
  return node.op === 'DequantizeLinear' || node.inputs.some((input) => isQuantized(input, flow));
}
