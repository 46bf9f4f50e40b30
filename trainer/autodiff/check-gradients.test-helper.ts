/**
 * Measures gradient rules against two references: central finite differences of the forward graph in ONNX Runtime, and
 * tfjs's autodiff of the same formula. Knows no operator; all cases run side by side in one graph, as sessions are slow to open.
 */
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { copyGraph, emptyGraph, type Graph, OPSET, pruneGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner, runOnce } from '../onnx/runner.ts';
import { readShapes, type Shapes } from '../onnx/shapes.ts';
import { elementCount, floats, type Tensor, tensor, zeros } from '../onnx/tensor.ts';
import { appendGradients } from './append-gradients.ts';
import { type Formula, gradientsByTfjs } from './tfjs.test-helper.ts';

/**
 * How an input is drawn: `normal`; `positive` in 0.5..2; `spaced`: distinct multiples of 1/8 away from zero, so that no
 * step of a finite difference crosses a kink; `tied`: few different values, so that maxima are shared.
 */
type Draw = 'normal' | 'positive' | 'spaced' | 'tied';
export type Input = { dims: number[]; draw: Draw };

export const normal = (...dims: number[]): Input => ({ dims, draw: 'normal' });
export const positive = (...dims: number[]): Input => ({ dims, draw: 'positive' });
export const spaced = (...dims: number[]): Input => ({ dims, draw: 'spaced' });
export const tied = (...dims: number[]): Input => ({ dims, draw: 'tied' });

export type GradientCase = {
  name: string;
  inputs: Input[];
  build: (g: GraphBuilder, inputs: Value[]) => Value;
  /** The same formula in tfjs. */
  reference: Formula;
  /** At a kink finite differences mean nothing: the reference alone decides. */
  atKink?: true;
  opset?: number;
};

/** Relative errors by input. */
export type GradientErrors = { differences: number[]; autodiff: number[] };

/**
 * The step of finite differences. Forward values are float32: of order 1 to 10, rounded to about 1e-6, so a difference over
 * 2/128 is good to 1e-4 of it, and cubic terms of functions as smooth as these add step²/6 ≈ 1e-5 of the third derivative.
 */
const STEP = 1 / 128;

type Built = { one: GradientCase; names: Value[]; values: Tensor[]; output: Value; dy: Tensor };

/** Relative errors of our gradients of Σ dy·output, dy random, by the case's name. */
export async function measureGradients(cases: GradientCase[]): Promise<Map<string, GradientErrors>> {
  const errors = new Map<string, GradientErrors>();
  for (const opset of new Set(cases.map((one) => one.opset ?? OPSET)))
    for (const isLarge of [false, true]) {
      const together = cases.filter(
        (one) => (one.opset ?? OPSET) === opset && stepsOf(one) > LARGE === isLarge,
      );
      if (together.length > 0) await measureTogether(together, opset, errors);
    }
  return errors;
}

/** Cases with more elements than this run apart from the others, which are done after fewer steps. */
const LARGE = 64;

const stepsOf = ({ inputs }: GradientCase) => inputs.reduce((sum, { dims }) => sum + elementCount(dims), 0);

async function measureTogether(cases: GradientCase[], opset: number, errors: Map<string, GradientErrors>) {
  const g = new GraphBuilder(emptyGraph('cases', { '': opset }));
  const placed = cases.map((one) => placeCase(g, one));
  const shapes = await readShapes(g.graph);
  const built = placed.map((place) => ({ ...place, dy: drawFunctional(place, shapes) }));
  const differences = await gradientsByDifferences(copyGraph(g.graph), built);
  const ours = await ourGradients(g, built, shapes);
  built.forEach(({ one, values, dy }, position) => {
    const errorsTo = (reference: Tensor[]) =>
      reference.map((gradient, input) => relativeError(ours[position][input], gradient));
    errors.set(one.name, {
      differences: one.atKink ? [] : errorsTo(differences[position]),
      autodiff: errorsTo(gradientsByTfjs(one.reference, values, dy)),
    });
  });
}

function placeCase(g: GraphBuilder, one: GradientCase): Omit<Built, 'dy'> {
  return g.in(one.name, () => {
    const random = seededRandom(1, one.name);
    const names = one.inputs.map(({ dims }, position) =>
      g.input(`${one.name}: ${position}`, 'float32', dims),
    );
    const values = one.inputs.map(({ dims, draw }) =>
      floats(drawValues(draw, elementCount(dims), random), dims),
    );
    const output = one.build(g, names);
    g.graph.outputs.push({ name: output, dims: [] });
    return { one, names, values, output };
  });
}

function drawValues(draw: Draw, count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, index) => index).sort(() => random.uniform() - 0.5);
  return order.map((index) => {
    if (draw === 'normal') return random.normal();
    if (draw === 'positive') return 0.5 + 1.5 * random.uniform();
    if (draw === 'spaced') return (index - Math.floor(count / 2) + 0.5) / 8;
    return random.integer(3);
  });
}

function drawFunctional({ one, output }: Omit<Built, 'dy'>, shapes: Shapes): Tensor {
  const random = seededRandom(2, one.name);
  const dims = shapes.get(output)?.dims as number[];
  return floats(Array.from({ length: elementCount(dims) }, random.normal), dims);
}

async function ourGradients(g: GraphBuilder, built: Built[], shapes: Shapes): Promise<Tensor[][]> {
  const found = built.map(({ names, output, dy }) => {
    const weighted = g.op('Mul', [output, g.constant(dy)]);
    const gradients = appendGradients(g, weighted, names, new Map(shapes).set(weighted, { ...dy }));
    return names.map((name) => gradients.get(name) as Value);
  });
  const outputs = [...new Set(found.flat())].map((name) => ({ name, dims: [] }));
  const results = await runOnce(pruneGraph({ ...g.graph, outputs }), feedsOf(built), { threads: 1 });
  return found.map((names) => names.map((name) => results[name]));
}

/** Steps every element of every input up and down, one run moving one element of each case. */
async function gradientsByDifferences(forward: Graph, built: Built[]): Promise<Tensor[][]> {
  const runner = await GraphRunner.open(forward, { threads: 1, state: feedsOf(built) });
  const gradients = built.map(({ values }) => values.map(({ dims }) => zeros(dims)));
  const rounds = Math.max(...built.map(({ values }) => totalCount(values)));
  for (let round = 0; round < rounds; round++) {
    const moving = built.flatMap(({ values }, position) => placeOf(values, round, position));
    const wanted = moving.map(({ position }) => built[position].output);
    const up = await runner.run(movedFeeds(built, moving, STEP), wanted);
    const down = await runner.run(movedFeeds(built, moving, -STEP), wanted);
    for (const { position, input, element } of moving) {
      const { values, output, dy } = built[position];
      const x = values[input].data[element] as number;
      const width = Math.fround(x + STEP) - Math.fround(x - STEP);
      gradients[position][input].data[element] = weightedDifference(up[output], down[output], dy) / width;
    }
  }
  await runner.close();
  return gradients;
}

/** An element of an input of a case. */
type Place = { position: number; input: number; element: number };

function feedsOf(built: Built[]): Record<Value, Tensor> {
  return Object.fromEntries(
    built.flatMap(({ names, values }) => names.map((name, input) => [name, values[input]])),
  );
}

function movedFeeds(built: Built[], moving: Place[], step: number): Record<Value, Tensor> {
  const feeds = moving.map(({ position, input, element }) => {
    const { data, dims } = built[position].values[input];
    const moved = Float32Array.from(data as Float32Array);
    moved[element] += step;
    return [built[position].names[input], tensor('float32', moved, dims)] as const;
  });
  return Object.fromEntries(feeds);
}

/** Which element of which input has the given place when all inputs of a case are laid end to end; none beyond the end. */
function placeOf(values: Tensor[], place: number, position: number): Place[] {
  let element = place;
  for (let input = 0; input < values.length; input++) {
    if (element < values[input].data.length) return [{ position, input, element }];
    element -= values[input].data.length;
  }
  return [];
}

function totalCount(values: Tensor[]): number {
  return values.reduce((sum, { data }) => sum + data.length, 0);
}

function weightedDifference(up: Tensor, down: Tensor, weights: Tensor): number {
  const [a, b, w] = [up, down, weights].map(({ data }) => data as Float32Array);
  return a.reduce((sum, value, i) => sum + w[i] * (value - b[i]), 0);
}

/** ‖ours − reference‖ / ‖reference‖, infinite where the shapes differ. */
function relativeError(ours: Tensor | undefined, reference: Tensor): number {
  if (!ours || `${ours.dims}` !== `${reference.dims}`) return Number.POSITIVE_INFINITY;
  const [a, b] = [ours.data as Float32Array, reference.data as Float32Array];
  const length = (values: Float32Array) => Math.hypot(...values);
  return length(a.map((value, i) => value - b[i])) / length(b);
}
