/** The layers of which the benched networks are made, with weights drawn as torchvision draws them. */
import type { Random } from '../../../retrieval/random.ts';
import { findLayers } from '../../../trainer/backbones/layers.ts';
import { FEATURES, type Network, PIXELS } from '../../../trainer/backbones/network.ts';
import { appendPreprocessing, PREPROCESSINGS } from '../../../trainer/backbones/preprocess.ts';
import { emptyGraph, type Value } from '../../../trainer/onnx/graph.ts';
import { float, GraphBuilder } from '../../../trainer/onnx/graph-builder.ts';
import { elementCount, floats, tensor } from '../../../trainer/onnx/tensor.ts';

/** BatchNorm's ε as PyTorch has it, and the share of the running statistics that a step keeps. */
const EPSILON = 1e-5;
const DECAY = 0.9;

/** A map [N, channels, H, W]. */
export type FeatureMap = { value: Value; channels: number };

export type ConvolutionSettings = { to: number; kernel: number; stride?: number; group?: number };

export type Layers = {
  /** Padded to the size of the input over the stride, without bias; normal with variance 2/(outputs per weight). */
  convolution(x: FeatureMap, settings: ConvolutionSettings): FeatureMap;
  /** Batch normalisation at scale 1 and shift 0. */
  norm(x: FeatureMap): FeatureMap;
  relu(x: FeatureMap): FeatureMap;
  /** Relu that ends at 6. */
  relu6(x: FeatureMap): FeatureMap;
  /** Maximum of 3×3, stride 2. */
  maxPool(x: FeatureMap): FeatureMap;
  add(x: FeatureMap, y: FeatureMap): FeatureMap;
};

/**
 * A network from `pixels` uint8 [N, size, size, 3] to `features` float32 [N, D], the average of the last map.
 * @param build the layers from the normalised image [N, 3, size, size] to that map.
 */
export function networkOf(
  name: string,
  size: number,
  random: Random,
  build: (layers: Layers, image: FeatureMap) => FeatureMap,
): Network {
  const g = new GraphBuilder(emptyGraph(name));
  const pixels = g.input(PIXELS, 'uint8', ['N', size, size, 3]);
  const image = appendPreprocessing(g, pixels, PREPROCESSINGS.imagenet);
  const last = build(layersOn(g, random), { value: image, channels: 3 });
  const pooled = g.op('GlobalAveragePool', [last.value]);
  g.output(FEATURES, g.op('Flatten', [pooled]), 'float32', ['N', last.channels]);
  return {
    name,
    graph: g.graph,
    layers: findLayers(g.graph),
    parameters: g.parameters,
    featureDim: last.channels,
    inputSize: size,
  };
}

function layersOn(g: GraphBuilder, random: Random): Layers {
  const same = (op: string, x: FeatureMap, rest: Value[] = []): FeatureMap => ({
    ...x,
    value: g.op(op, [x.value, ...rest]),
  });
  return {
    convolution(x, { to, kernel, stride = 1, group = 1 }) {
      const dims = [to, x.channels / group, kernel, kernel];
      const deviation = Math.sqrt(2 / ((to / group) * kernel * kernel));
      const weights = Float32Array.from({ length: elementCount(dims) }, () => random.normal() * deviation);
      const side = (kernel - 1) / 2;
      const value = g.op('Conv', [x.value, g.parameter(tensor('float32', weights, dims), 'weight')], {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [side, side, side, side],
        group,
      });
      return { value, channels: to };
    },
    norm(x) {
      const filled = (value: number) => floats(new Array(x.channels).fill(value));
      const inputs = [
        g.parameter(filled(1), 'scale'),
        g.parameter(filled(0), 'shift'),
        g.constant(filled(0), 'running_mean'),
        g.constant(filled(1), 'running_variance'),
      ];
      const settings = { epsilon: float(EPSILON), momentum: float(DECAY) };
      return { ...x, value: g.op('BatchNormalization', [x.value, ...inputs], settings) };
    },
    relu: (x) => same('Relu', x),
    relu6: (x) => same('Clip', x, [g.floats(0), g.floats(6)]),
    maxPool: (x) => ({
      ...x,
      value: g.op('MaxPool', [x.value], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    }),
    add: (x, y) => same('Add', x, [y.value]),
  };
}
