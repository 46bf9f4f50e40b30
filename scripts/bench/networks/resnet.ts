/** Residual networks in torchvision's layout: ResNet-18 and ResNet-50 v1.5 (He et al., arXiv 1512.03385). */
import type { Random } from '../../../retrieval/random.ts';
import type { Network } from '../../../trainer/backbones/network.ts';
import { type FeatureMap, type Layers, networkOf } from './layers.ts';

/** Channels inside the blocks of the four stages; every stage after the first halves the resolution. */
const WIDTHS = [64, 128, 256, 512];

/** @param size of the square image in pixels. */
export function buildResNet18(size: number, random: Random): Network {
  return buildResNet('resnet18', [2, 2, 2, 2], basicBlock, size, random);
}

/** @param size of the square image in pixels. */
export function buildResNet50(size: number, random: Random): Network {
  return buildResNet('resnet50', [3, 4, 6, 3], bottleneckBlock, size, random);
}

type Block = (layers: Layers, x: FeatureMap, width: number, stride: number) => FeatureMap;

function buildResNet(name: string, blocks: number[], block: Block, size: number, random: Random): Network {
  return networkOf(name, size, random, (layers, image) => {
    const stem = layers.convolution(image, { to: WIDTHS[0], kernel: 7, stride: 2 });
    let x = layers.maxPool(layers.relu(layers.norm(stem)));
    WIDTHS.forEach((width, stage) => {
      for (let i = 0; i < blocks[stage]; i++) x = block(layers, x, width, stage > 0 && i === 0 ? 2 : 1);
    });
    return x;
  });
}

function basicBlock(layers: Layers, x: FeatureMap, width: number, stride: number): FeatureMap {
  const { convolution, norm, relu } = layers;
  const inner = relu(norm(convolution(x, { to: width, kernel: 3, stride })));
  const outer = norm(convolution(inner, { to: width, kernel: 3 }));
  return relu(layers.add(outer, shortcut(layers, x, width, stride)));
}

/** The stride is in the 3×3 convolution, as torchvision has it. */
function bottleneckBlock(layers: Layers, x: FeatureMap, width: number, stride: number): FeatureMap {
  const { convolution, norm, relu } = layers;
  const narrow = relu(norm(convolution(x, { to: width, kernel: 1 })));
  const inner = relu(norm(convolution(narrow, { to: width, kernel: 3, stride })));
  const outer = norm(convolution(inner, { to: width * 4, kernel: 1 }));
  return relu(layers.add(outer, shortcut(layers, x, width * 4, stride)));
}

function shortcut({ convolution, norm }: Layers, x: FeatureMap, to: number, stride: number): FeatureMap {
  return x.channels === to && stride === 1 ? x : norm(convolution(x, { to, kernel: 1, stride }));
}
