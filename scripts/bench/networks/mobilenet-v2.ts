/** MobileNetV2 in torchvision's layout (Sandler et al., arXiv 1801.04381). */
import type { Random } from '../../../retrieval/random.ts';
import type { Network } from '../../../trainer/backbones/network.ts';
import { type FeatureMap, type Layers, networkOf } from './layers.ts';

const STEM = 32;
const LAST = 1280;

/** Table 2 of the paper: how much wider a block is inside, its channels, how many of them, the stride of the first. */
const STAGES = [
  { expansion: 1, to: 16, blocks: 1, stride: 1 },
  { expansion: 6, to: 24, blocks: 2, stride: 2 },
  { expansion: 6, to: 32, blocks: 3, stride: 2 },
  { expansion: 6, to: 64, blocks: 4, stride: 2 },
  { expansion: 6, to: 96, blocks: 3, stride: 1 },
  { expansion: 6, to: 160, blocks: 3, stride: 2 },
  { expansion: 6, to: 320, blocks: 1, stride: 1 },
];

/** @param size of the square image in pixels. */
export function buildMobileNetV2(size: number, random: Random): Network {
  return networkOf('mobilenet_v2', size, random, (layers, image) => {
    const { convolution, norm, relu6 } = layers;
    let x = relu6(norm(convolution(image, { to: STEM, kernel: 3, stride: 2 })));
    for (const { expansion, to, blocks, stride } of STAGES)
      for (let i = 0; i < blocks; i++) x = invertedResidual(layers, x, expansion, to, i === 0 ? stride : 1);
    return relu6(norm(convolution(x, { to: LAST, kernel: 1 })));
  });
}

/** Wider, depthwise, narrower; what comes out is not rectified. */
function invertedResidual(
  layers: Layers,
  x: FeatureMap,
  expansion: number,
  to: number,
  stride: number,
): FeatureMap {
  const { convolution, norm, relu6 } = layers;
  const width = x.channels * expansion;
  const wide = expansion === 1 ? x : relu6(norm(convolution(x, { to: width, kernel: 1 })));
  const inner = relu6(norm(convolution(wide, { to: width, kernel: 3, stride, group: width })));
  const narrow = norm(convolution(inner, { to, kernel: 1 }));
  return stride === 1 && x.channels === to ? layers.add(x, narrow) : narrow;
}
