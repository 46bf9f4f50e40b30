/** TensorFlow.js with its pure JavaScript backend and its gradients: the independent autodiff that ours is compared with. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { require as requireModule } from 'tsx/cjs/api';
import { floats, type Tensor } from '../onnx/tensor.ts';

// The build for Node leaves the gradients out. They come as ES modules without the extensions that Node asks for, hence tsx.
requireModule('@tensorflow/tfjs-core/dist/register_all_gradients.js', import.meta.url);
tf.enableProdMode();

/** A formula in tfjs, its tensors laid out as in ONNX. */
export type Formula = (...inputs: tf.Tensor[]) => tf.Tensor;

/** The gradients of Σ `dy`·formula(inputs) with respect to the inputs. */
export function gradientsByTfjs(formula: Formula, inputs: Tensor[], dy: Tensor): Tensor[] {
  const gradients = tf.grads(formula)(inputs.map(toTfjs), toTfjs(dy));
  return gradients.map((gradient) => floats(gradient.dataSync(), gradient.shape));
}

function toTfjs({ data, dims }: Tensor): tf.Tensor {
  return tf.tensor(data as Float32Array, dims, 'float32');
}

/** [N, C, H, W] → [N, H, W, C], as tfjs has images. */
export function channelsLast(x: tf.Tensor): tf.Tensor4D {
  return tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]);
}

/** [N, H, W, C] → [N, C, H, W]. */
export function channelsFirst(x: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(x, [0, 3, 1, 2]);
}

/** Zeros around images [N, H, W, C]; `pads` are top, left, bottom, right as in ONNX. */
export function padImages(x: tf.Tensor4D, [top, left, bottom, right]: number[]): tf.Tensor4D {
  const widths: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(x, widths);
}
