/** The networks that are measured, by torchvision's names; each takes the side of its images in pixels and draws its weights. */
import { buildMobileNetV2 } from './mobilenet-v2.ts';
import { buildResNet18, buildResNet50 } from './resnet.ts';

export const NETWORKS = { resnet18: buildResNet18, resnet50: buildResNet50, mobilenet_v2: buildMobileNetV2 };
export type NetworkName = keyof typeof NETWORKS;
export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];
