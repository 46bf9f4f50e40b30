/** Gradients of activation functions. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import { float, type GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';
import { isPositive } from './step.ts';

/** A rule for y = f(x): dx = dy·f′(x), the slope written with x and y. */
function slope(derivative: (backward: Backward, x: Value, y: Value) => Value): Rule {
  return (backward) => {
    const { g, dy, inputs, outputs } = backward;
    return [g.op('Mul', [dy, derivative(backward, inputs[0], outputs[0])])];
  };
}

/** The node's `alpha`, or ONNX's default for the operator. */
const alphaOf = ({ node }: Backward, fallback: number) =>
  plainAttributes<{ alpha: number }>(node).alpha ?? fallback;

const times = (g: GraphBuilder, x: Value, factor: number) =>
  factor === 1 ? x : g.op('Mul', [x, g.floats(factor)]);

const plus = (g: GraphBuilder, x: Value, term: number) => g.op('Add', [x, g.floats(term)]);

/** 1 − x. */
const complement = (g: GraphBuilder, x: Value) => g.op('Sub', [g.floats(1), x]);

const square = (g: GraphBuilder, x: Value) => g.op('Mul', [x, x]);

export const Relu = slope(({ g }, _, y) => isPositive(g, y));

/** Slopes alpha below zero, 1 above. */
export const LeakyRelu = slope((backward, x) => {
  const { g } = backward;
  const alpha = alphaOf(backward, 0.01);
  return plus(g, times(g, isPositive(g, x), 1 - alpha), alpha);
});

/** y = x > 0 ? x : slopes·x, the slopes broadcast to x: dslopes = Σ dy·min(x, 0). */
export const PRelu: Rule = ({ g, dy, dims, inputs: [x, slopes], wants }) => {
  const one = g.floats(1);
  const dx = () => g.op('Mul', [dy, g.op('Where', [g.op('Greater', [x, g.floats(0)]), one, slopes])]);
  const dSlopes = () => g.op('Mul', [dy, g.op('Min', [x, g.floats(0)])]);
  return [
    wants(0) ? dx() : undefined,
    wants(1) ? sumToShape(g, dSlopes(), dims(x), dims(slopes)) : undefined,
  ];
};

/** y = x > 0 ? γx : γα(exp(x/width) − 1), whose slope is γ above zero and (y + γα)/width below. */
function exponentialLinear({ g }: Backward, x: Value, y: Value, alpha: number, gamma = 1, width = 1): Value {
  const below = times(g, plus(g, y, gamma * alpha), 1 / width);
  return g.op('Where', [g.op('Greater', [x, g.floats(0)]), g.floats(gamma), below]);
}

export const Elu = slope((backward, x, y) => exponentialLinear(backward, x, y, alphaOf(backward, 1)));

/** @source Klambauer et al., arXiv 1706.02515: the defaults are its constants as ONNX gives them. */
export const Selu = slope((backward, x, y) => {
  const { gamma = 1.0507009873554805 } = plainAttributes<{ gamma: number }>(backward.node);
  return exponentialLinear(backward, x, y, alphaOf(backward, 1.6732632423543772), gamma);
});

/** y = x > 0 ? x : α(exp(x/α) − 1). */
export const Celu = slope((backward, x, y) => {
  const alpha = alphaOf(backward, 1);
  return exponentialLinear(backward, x, y, alpha, 1, alpha);
});

export const ThresholdedRelu = slope((backward, x) =>
  isPositive(backward.g, plus(backward.g, x, -alphaOf(backward, 1))),
);

/**
 * Slope 1 strictly between the bounds, told from y alone: then the memory of x, often a map as large as a network has, is
 * free after the forward node, which writes y over it.
 */
export const Clip: Rule = ({ g, node, dy, inputs: [, low, high], outputs: [y], wants }) => {
  if (wants(1) || wants(2))
    throw new SinterError('unsupported', `${describeNode(node)}: gradients do not cover trained bounds.`);
  const above = low ? (isZero(g, low) ? y : g.op('Sub', [y, low])) : undefined;
  const below = high ? g.op('Sub', [high, y]) : undefined;
  if (!above && !below) return [dy];
  const inside = above && below ? g.op('Mul', [above, below]) : ((above ?? below) as Value);
  return [g.op('Mul', [dy, isPositive(g, inside)])];
};

function isZero({ graph }: GraphBuilder, value: Value): boolean {
  const fixed = graph.initializers.get(value)?.data;
  return fixed?.length === 1 && Number(fixed[0]) === 0;
}

/** y = min(1, max(0, αx + β)). */
export const HardSigmoid = slope((backward, _, y) => {
  const { g } = backward;
  return times(g, isPositive(g, g.op('Mul', [y, complement(g, y)])), alphaOf(backward, 0.2));
});

/** y = x·h with h = min(1, max(0, x/6 + 1/2)): dy/dx = h + x/6 where 0 < h < 1; 0 and 1 outside. */
export const HardSwish = slope(({ g }, x) => {
  const gate = g.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
  const inside = isPositive(g, g.op('Mul', [gate, complement(g, gate)]));
  return g.op('Add', [gate, times(g, g.op('Mul', [x, inside]), 1 / 6)]);
});

export const Sigmoid = slope(({ g }, _, y) => g.op('Mul', [y, complement(g, y)]));

export const Tanh = slope(({ g }, _, y) => complement(g, square(g, y)));

export const Softplus = slope(({ g }, x) => g.op('Sigmoid', [x]));

/** y = x/(1 + |x|): dy/dx = 1/(1 + |x|)² = (1 − |y|)². */
export const Softsign = slope(({ g }, _, y) => square(g, complement(g, g.op('Abs', [y]))));

/** y = x·t with t = tanh(softplus x): dy/dx = t + x·(1 − t²)·σ(x). */
export const Mish = slope(({ g }, x) => {
  const t = g.op('Tanh', [g.op('Softplus', [x])]);
  const bend = g.op('Mul', [complement(g, square(g, t)), g.op('Sigmoid', [x])]);
  return g.op('Add', [t, g.op('Mul', [x, bend])]);
});

/** y = x·σ(αx), SiLU for α = 1: dy/dx = σ + αy·(1 − σ). */
export const Swish = slope((backward, x, y) => {
  const { g } = backward;
  const alpha = alphaOf(backward, 1);
  const gate = g.op('Sigmoid', [times(g, x, alpha)]);
  return g.op('Add', [gate, g.op('Mul', [times(g, y, alpha), complement(g, gate)])]);
});

/** y = x·Φ(x), by the error function or approximated by tanh. @source Hendrycks and Gimpel, arXiv 1606.08415. */
export const Gelu = slope(({ g, node }, x) =>
  plainAttributes<{ approximate: string }>(node).approximate === 'tanh'
    ? tanhGeluSlope(g, x)
    : exactGeluSlope(g, x),
);

/** Φ(x) + x·φ(x) with Φ(x) = (1 + erf(x/√2))/2 and φ(x) = exp(−x²/2)/√(2π). */
function exactGeluSlope(g: GraphBuilder, x: Value): Value {
  const scaled = times(g, x, Math.SQRT1_2);
  const distribution = times(g, plus(g, g.op('Erf', [scaled]), 1), 0.5);
  const density = times(g, g.op('Exp', [g.op('Neg', [square(g, scaled)])]), 1 / Math.sqrt(2 * Math.PI));
  return g.op('Add', [distribution, g.op('Mul', [x, density])]);
}

/** (1 + t)/2 + x/2·(1 − t²)·c(1 + 3·0.044715·x²) with t = tanh(c(x + 0.044715·x³)), c = √(2/π). */
function tanhGeluSlope(g: GraphBuilder, x: Value): Value {
  const [c, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const squared = square(g, x);
  const t = g.op('Tanh', [g.op('Mul', [x, plus(g, times(g, squared, c * cubic), c)])]);
  const steepness = plus(g, times(g, squared, 1.5 * c * cubic), 0.5 * c);
  const bend = g.op('Mul', [g.op('Mul', [x, complement(g, square(g, t))]), steepness]);
  return g.op('Add', [times(g, plus(g, t, 1), 0.5), bend]);
}
