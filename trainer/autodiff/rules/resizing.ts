/** The gradient of Resize: every axis is resized by itself, by a matrix of interpolation weights. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';
import { mapAxis, matrixOf, transposed } from './axis-maps.ts';
import { fixedInput } from './fixed-input.ts';
import { type Interpolation, interpolationTaps } from './interpolation.ts';

type Attributes = Interpolation & { antialias: number; axes: number[]; keep_aspect_ratio_policy: string };

/** The inputs are x, roi, scales and sizes, of the last two one: sizes matter by the shape of the output alone. */
export const Resize: Rule = (backward) => {
  const { g, node, dims, inputs, outputs } = backward;
  const interpolation = interpolationOf(backward);
  const [from, to] = [dims(inputs[0]), dims(outputs[0])];
  const { axes = from.map((_, axis) => axis) } = plainAttributes<Attributes>(node);
  const scales = fixedInput(backward, 2) ?? [];
  let [dx, shape] = [backward.dy, to];
  axes.forEach((given, position) => {
    const axis = (given + from.length) % from.length;
    const scale = scales[position] ?? to[axis] / from[axis];
    if (scale === 1) return;
    const taps = interpolationTaps(interpolation, from[axis], to[axis], scale);
    dx = mapAxis(g, dx, shape, axis, transposed(matrixOf(taps, from[axis])));
    shape = shape.with(axis, from[axis]);
  });
  return [dx];
};

function interpolationOf({ node }: Backward): Interpolation {
  const settings = plainAttributes<Attributes>(node);
  const interpolation = {
    mode: settings.mode ?? 'nearest',
    coordinate_transformation_mode: settings.coordinate_transformation_mode ?? 'half_pixel',
    nearest_mode: settings.nearest_mode ?? 'round_prefer_floor',
    cubic_coeff_a: settings.cubic_coeff_a ?? -0.75,
    exclude_outside: settings.exclude_outside ?? 0,
  };
  const { antialias = 0, keep_aspect_ratio_policy: policy = 'stretch' } = settings;
  const refused = [
    antialias && 'antialias 1',
    policy !== 'stretch' && `keep_aspect_ratio_policy ${policy}`,
    interpolation.coordinate_transformation_mode === 'tf_crop_and_resize' && 'tf_crop_and_resize',
  ].filter(Boolean);
  if (refused.length === 0) return interpolation;
  throw new SinterError(
    'unsupported',
    `${describeNode(node)}: gradients do not cover ${refused.join(' and ')}.`,
  );
}
