/** Conditions that a model must keep, for use where a program decides by the exit code: `recall@1>=0.8`, `no-worse-than models/old`. */
import { SinterError } from '../errors.ts';
import type { AuditReport } from './audit.ts';
import type { Comparison } from './compare.ts';

export type Gate = FigureGate | ModelGate;
type FigureGate = { text: string; figure: string; atLeast: number };
/** `within`: how much worse it may be at most, 0 to 1. */
type ModelGate = { text: string; noWorseThan: string; within?: number };

export type GateResult = { gate: string; passed: boolean /** Why, in a sentence. */; reason: string };

/** What `no-worse-than` looks at: whether the first neighbour is right, and how well whole classes are ranked. */
const JUDGED_BY = ['recall@1', 'map@r'];

const FORMS =
  'a figure with its least value such as `recall@1>=0.8`, or `no-worse-than models/old`, also with ` within 0.01`';

/** Throws `bad-input` for what is no gate. */
export function parseGate(text: string): Gate {
  const figure = /^\s*([a-z][a-z0-9@-]*)\s*>=\s*(\d*\.?\d+)\s*$/.exec(text);
  if (figure && Number(figure[2]) <= 1)
    return { text, figure: figure[1] as string, atLeast: Number(figure[2]) };
  const model = /^\s*no-worse-than\s+(.+?)(?:\s+within\s+(\d*\.?\d+))?\s*$/.exec(text);
  if (model && !(Number(model[2] ?? 0) > 1))
    return {
      text,
      noWorseThan: model[1] as string,
      ...(model[2] !== undefined && { within: Number(model[2]) }),
    };
  throw new SinterError('bad-input', `--gate must be ${FORMS}, values from 0 to 1; got "${text}".`);
}

/**
 * Whether the gate is kept. Without `within`, a model fails `no-worse-than` where it is clearly worse: the whole 95%
 * interval of a difference lies below 0. With it, the interval must show that the loss is no larger than that.
 * @param comparisons by the folder of the other model.
 */
export function checkGate(
  gate: Gate,
  { figures }: AuditReport,
  comparisons: Readonly<Record<string, Comparison>>,
): GateResult {
  if ('noWorseThan' in gate) return checkAgainst(gate, comparisons[gate.noWorseThan] ?? {});
  const found = figures[gate.figure];
  if (!found) {
    const known = Object.keys(figures).join(', ');
    throw new SinterError(
      'bad-input',
      `There is no figure ${gate.figure} for --gate "${gate.text}". There are: ${known}.`,
    );
  }
  const passed = found.value >= gate.atLeast;
  return { gate: gate.text, passed, reason: `${gate.figure} is ${found.value.toFixed(4)}` };
}

function checkAgainst({ text, within }: ModelGate, comparison: Comparison): GateResult {
  const judged = JUDGED_BY.filter((name) => comparison[name]);
  const fails = judged.filter((name) => {
    const { low, verdict } = comparison[name] as Comparison[string];
    return within === undefined ? verdict === 'worse' : low < -within;
  });
  const described = (fails.length > 0 ? fails : judged).map((name) => {
    const { value, low, high } = comparison[name] as Comparison[string];
    return `${name} differs by ${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
  });
  return { gate: text, passed: fails.length === 0, reason: described.join(', ') };
}
