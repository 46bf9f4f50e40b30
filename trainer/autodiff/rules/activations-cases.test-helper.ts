/** Gradient cases of activation functions, on values to both sides of every kink. */
import * as tf from '@tensorflow/tfjs-core';
import { type AttributeInput, float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal, spaced } from '../check-gradients.test-helper.ts';

type Attributes = Record<string, AttributeInput>;

/** 60 multiples of 1/8 around zero: from −3.7 to 3.7. */
const WIDE = spaced(6, 10);
const SMOOTH = normal(4, 5);

function activation(
  name: string,
  reference: GradientCase['reference'],
  settings: { input?: GradientCase['inputs'][0]; attributes?: Attributes; opset?: number } = {},
): GradientCase {
  const { input = WIDE, attributes = {}, opset } = settings;
  const [op] = name.split(' ');
  return {
    name,
    inputs: [input],
    build: (g, inputs) => g.op(op, inputs, attributes),
    reference,
    ...(opset && { opset }),
  };
}

const alpha = (value: number) => ({ attributes: { alpha: float(value) } });

/** x > 0 ? γx : γα(exp(x/width) − 1), of functions of tfjs that have no parameters. */
function exponentialLinear(x: tf.Tensor, height: number, width = 1, gamma = 1): tf.Tensor {
  const below = tf.elu(tf.div(tf.minimum(x, 0), width));
  return tf.mul(gamma, tf.add(tf.relu(x), tf.mul(height, below)));
}

function clip(name: string, low: number | undefined, high: number | undefined): GradientCase {
  return {
    name: `Clip ${name}`,
    inputs: [WIDE],
    build: (g, [x]) => {
      const bounds = [low, high].map((bound) => (bound === undefined ? '' : g.floats(bound)));
      return g.op('Clip', [x, ...bounds.slice(0, high === undefined ? 1 : 2)]);
    },
    reference: (x) => tf.clipByValue(x, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY),
  };
}

function clipByComputedBounds(): GradientCase {
  return {
    name: 'Clip by computed bounds',
    inputs: [WIDE],
    build: (g, [x]) => g.op('Clip', [x, g.op('Neg', [g.floats(1)]), g.op('Neg', [g.floats(-2)])]),
    reference: (x) => tf.clipByValue(x, -1, 2),
  };
}

function pRelu(x: number[], slopes: number[]): GradientCase {
  return {
    name: `PRelu of [${x}] by [${slopes}]`,
    inputs: [spaced(...x), normal(...slopes)],
    build: (g, inputs) => g.op('PRelu', inputs),
    reference: (value, factors) =>
      tf.add(tf.relu(value), tf.mul(tf.broadcastTo(factors, x), tf.minimum(value, 0))),
  };
}

const hardSigmoid = (x: tf.Tensor, a: number, b: number) => tf.clipByValue(tf.add(tf.mul(x, a), b), 0, 1);

const exactGelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));

function tanhGelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))));
  return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
}

export const ACTIVATION_CASES: Record<string, GradientCase[]> = {
  Relu: [activation('Relu', (x) => tf.relu(x))],
  LeakyRelu: [
    activation('LeakyRelu', (x) => tf.leakyRelu(x, 0.01)),
    activation('LeakyRelu by 0.3', (x) => tf.leakyRelu(x, 0.3), alpha(0.3)),
    activation('LeakyRelu by −1.5', (x) => tf.add(tf.relu(x), tf.mul(-1.5, tf.minimum(x, 0))), alpha(-1.5)),
  ],
  PRelu: [pRelu([2, 3, 4, 2], [3, 1, 1]), pRelu([2, 3], []), pRelu([2, 6], [2, 6]), pRelu([3, 4], [1])],
  Elu: [
    activation('Elu', (x) => tf.elu(x)),
    activation('Elu of height 2.5', (x) => exponentialLinear(x, 2.5), alpha(2.5)),
  ],
  Selu: [
    activation('Selu', (x) => tf.selu(x)),
    activation('Selu with its own constants', (x) => exponentialLinear(x, 2, 1, 0.5), {
      attributes: { alpha: float(2), gamma: float(0.5) },
    }),
  ],
  Celu: [
    activation('Celu', (x) => tf.elu(x)),
    activation('Celu of width 2', (x) => exponentialLinear(x, 2, 2), alpha(2)),
  ],
  ThresholdedRelu: [
    activation('ThresholdedRelu', (x) => tf.mul(x, tf.cast(tf.greaterEqual(x, 1), 'float32'))),
    activation(
      'ThresholdedRelu at −2',
      (x) => tf.mul(x, tf.cast(tf.greaterEqual(x, -2), 'float32')),
      alpha(-2),
    ),
  ],
  Clip: [
    clip('to 0..2', 0, 2),
    clip('to −1..3', -1, 3),
    clip('from −1 on', -1, undefined),
    clip('from 0 on', 0, undefined),
    clip('up to 1', undefined, 1),
    clip('without bounds', undefined, undefined),
    clipByComputedBounds(),
  ],
  HardSigmoid: [
    activation('HardSigmoid', (x) => hardSigmoid(x, 0.2, 0.5)),
    activation('HardSigmoid as in MobileNetV3', (x) => hardSigmoid(x, 1 / 6, 0.5), alpha(1 / 6)),
    activation('HardSigmoid that falls', (x) => hardSigmoid(x, -0.5, 0.25), {
      attributes: { alpha: float(-0.5), beta: float(0.25) },
    }),
  ],
  HardSwish: [activation('HardSwish', (x) => tf.mul(x, hardSigmoid(x, 1 / 6, 0.5)))],
  Sigmoid: [activation('Sigmoid', (x) => tf.sigmoid(x), { input: SMOOTH })],
  Tanh: [activation('Tanh', (x) => tf.tanh(x), { input: SMOOTH })],
  Softplus: [activation('Softplus', (x) => tf.softplus(x), { input: SMOOTH })],
  Softsign: [activation('Softsign', (x) => tf.div(x, tf.add(1, tf.abs(x))), { input: spaced(4, 5) })],
  Mish: [activation('Mish', (x) => tf.mul(x, tf.tanh(tf.softplus(x))), { input: SMOOTH })],
  Swish: [
    activation('Swish', (x) => tf.mul(x, tf.sigmoid(x)), { input: SMOOTH, opset: 24 }),
    activation('Swish by 1.702', (x) => tf.mul(x, tf.sigmoid(tf.mul(1.702, x))), {
      input: SMOOTH,
      ...alpha(1.702),
      opset: 24,
    }),
  ],
  Gelu: [
    activation('Gelu', exactGelu, { input: SMOOTH, opset: 20 }),
    activation('Gelu by tanh', tanhGelu, {
      input: SMOOTH,
      attributes: { approximate: 'tanh' },
      opset: 20,
    }),
  ],
};
