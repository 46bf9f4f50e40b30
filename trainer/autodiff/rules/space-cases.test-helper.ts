/** Gradient cases of DepthToSpace and SpaceToDepth. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

const [N, C, H, W, BLOCK] = [1, 3, 2, 4, 2];

/** A block's pixels are the outer part of the channels. */
function outerBlocks(mode?: string): GradientCase {
  return {
    name: `DepthToSpace ${mode ?? 'by default'}`,
    inputs: [normal(N, C * BLOCK ** 2, H, W)],
    build: (g, [x]) => g.op('DepthToSpace', [x], { blocksize: BLOCK, ...(mode && { mode }) }),
    reference: (x) => {
      const parts = tf.reshape(x, [N, BLOCK, BLOCK, C, H, W]);
      return tf.reshape(tf.transpose(parts, [0, 3, 4, 1, 5, 2]), [N, C, H * BLOCK, W * BLOCK]);
    },
  };
}

/** A block's pixels are the inner part of the channels. */
function innerBlocks(): GradientCase {
  return {
    name: 'DepthToSpace CRD, as pixel shuffling has it',
    inputs: [normal(N, C * BLOCK ** 2, H, W)],
    build: (g, [x]) => g.op('DepthToSpace', [x], { blocksize: BLOCK, mode: 'CRD' }),
    reference: (x) => {
      const parts = tf.reshape(x, [N, C, BLOCK, BLOCK, H, W]);
      return tf.reshape(tf.transpose(parts, [0, 1, 4, 2, 5, 3]), [N, C, H * BLOCK, W * BLOCK]);
    },
  };
}

function spaceToDepth(): GradientCase {
  return {
    name: 'SpaceToDepth',
    inputs: [normal(N, C, H, W)],
    build: (g, [x]) => g.op('SpaceToDepth', [x], { blocksize: BLOCK }),
    reference: (x) => {
      const blocks = tf.reshape(x, [N, C, H / BLOCK, BLOCK, W / BLOCK, BLOCK]);
      const channels = tf.transpose(blocks, [0, 3, 5, 1, 2, 4]);
      return tf.reshape(channels, [N, C * BLOCK ** 2, H / BLOCK, W / BLOCK]);
    },
  };
}

export const SPACE_CASES: Record<string, GradientCase[]> = {
  DepthToSpace: [outerBlocks(), outerBlocks('DCR'), innerBlocks()],
  SpaceToDepth: [spaceToDepth()],
};
