/**
 * Several steps as one run: a Loop whose body is the step. What goes from step to step then stays in ONNX Runtime until the
 * last of them, and is copied out once instead of after every step.
 */
import type { Graph, Node, Value, ValueInfo } from './graph.ts';
import { subgraphAttribute } from './model-file.ts';
import { tensor } from './tensor.ts';

export type RepeatedSteps = {
  /** Inputs: `STEPS`, the inputs of all steps by `ofEveryStep`, and what is carried. Outputs: the answers of all steps, and what is carried on. */
  graph: Graph;
  /** Which output feeds which input of the next run. */
  carried: Record<Value, Value>;
};

/** Input that says how many steps a run takes, an int64 scalar. */
export const STEPS = 'steps';

/** An input or answer of a step for all steps of a run, one after the other along a first axis. */
export function ofEveryStep(name: Value): Value {
  return `${name} of every step`;
}

/** @param carried which output of a step feeds which of its inputs in the next; its other inputs are given, and its other outputs answered, for every step. */
export function repeatSteps(step: Graph, carried: Record<Value, Value>): RepeatedSteps {
  const state = step.inputs.filter(({ name }) => Object.hasOwn(carried, name));
  const feeds = step.inputs.filter((input) => !state.includes(input));
  const next = new Set(Object.values(carried));
  const answers = step.outputs.filter(({ name }) => !next.has(name));
  const loop = node(
    'Loop',
    [STEPS, ALWAYS, ...namesOf(state)],
    [...namesOf(state).map(afterwards), ...namesOf(answers).map(ofEveryStep)],
  );
  loop.attributes.body = subgraphAttribute('body', bodyOf(step, state, feeds, answers, carried));
  return {
    graph: {
      name: step.name,
      opsets: step.opsets,
      inputs: [{ name: STEPS, dtype: 'int64', dims: [] }, ...feeds.map(stacked), ...state],
      outputs: [...state.map((info) => ({ ...info, name: afterwards(info.name) })), ...answers.map(stacked)],
      initializers: new Map([[ALWAYS, tensor('bool', Uint8Array.of(1), [])]]),
      nodes: [loop],
    },
    carried: Object.fromEntries(namesOf(state).map((name) => [name, afterwards(name)])),
  };
}

const ALWAYS = 'always';
const [ITERATION, GOES_ON, STILL_GOES_ON] = ['iteration', 'goes on', 'still goes on'];

/** As ONNX wants the body of a Loop: first the number of the iteration and whether there is one, then what is carried. */
function bodyOf(
  step: Graph,
  state: ValueInfo[],
  feeds: ValueInfo[],
  answers: ValueInfo[],
  carried: Record<Value, Value>,
): Graph {
  const picks = namesOf(feeds).map((name) => node('Gather', [ofEveryStep(name), ITERATION], [name]));
  return {
    ...step,
    name: 'step',
    inputs: [
      { name: ITERATION, dtype: 'int64', dims: [] },
      { name: GOES_ON, dtype: 'bool', dims: [] },
      ...state,
    ],
    outputs: [
      { name: STILL_GOES_ON, dtype: 'bool', dims: [] },
      ...state.map((info) => ({ ...info, name: carried[info.name] as Value })),
      ...answers,
    ],
    nodes: [node('Identity', [GOES_ON], [STILL_GOES_ON]), ...picks, ...step.nodes],
  };
}

function node(op: string, inputs: Value[], outputs: Value[]): Node {
  return { op, domain: '', name: outputs[0] as Value, inputs, outputs, attributes: {} };
}

function stacked({ name, dims, ...type }: ValueInfo): ValueInfo {
  return { ...type, name: ofEveryStep(name), dims: [STEPS, ...dims] };
}

function afterwards(name: Value): Value {
  return `${name} afterwards`;
}

function namesOf(infos: ValueInfo[]): Value[] {
  return infos.map(({ name }) => name);
}
