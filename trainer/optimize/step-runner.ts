/** Runs steps of training, several in one go where they are short: what goes from step to step is then copied less often. */
import type { Value } from '../onnx/graph.ts';
import { ofEveryStep, repeatSteps, STEPS } from '../onnx/repeat-steps.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { ints, stackTensors, type Tensor } from '../onnx/tensor.ts';
import type { TrainingStep } from './training-step.ts';

/** Steps in one go take about so long, so that a run can be stopped soon and tells how far it is. */
const RUN_MS = 2000;
/** With more of them the copies hardly matter. */
const MOST_STEPS = 8;
/** Steps that need more go one by one: in a run of several the state lies in ONNX Runtime's memory some four times more. */
const MOST_BYTES = 3e9;
const COPIES_OF_STATE = 4;

type Feeds = Record<Value, Tensor>;

export class StepRunner {
  readonly #runner: GraphRunner;
  /** The most steps that are taken in one go, however short they are. */
  readonly mostSteps: number;
  #stepsAtOnce = 1;

  private constructor(runner: GraphRunner, mostSteps: number) {
    this.#runner = runner;
    this.mostSteps = mostSteps;
  }

  /** @param state of the carried values; the step's first ones when not given. */
  static async open(
    { graph, carried, state, forwardBytes }: TrainingStep,
    options: { threads?: number; state?: Feeds } = {},
  ): Promise<StepRunner> {
    const repeated = repeatSteps(graph, carried);
    const stateBytes = Object.values(state).reduce((sum, { data }) => sum + data.byteLength, 0);
    const isLarge = forwardBytes + COPIES_OF_STATE * stateBytes > MOST_BYTES;
    return new StepRunner(
      await GraphRunner.open(repeated.graph, { state, ...options, carried: repeated.carried }),
      isLarge ? 1 : MOST_STEPS,
    );
  }

  /** How many steps to run in one go, by how long the last ones took. The numbers that come out do not depend on it. */
  get stepsAtOnce(): number {
    return this.#stepsAtOnce;
  }

  /** Takes a step with each of the feeds; answers the wanted numbers, such as the loss, of every step. */
  async run<Name extends Value>(
    feeds: readonly Feeds[],
    wanted: readonly Name[],
  ): Promise<Record<Name, Float32Array>> {
    const start = performance.now();
    const names = Object.keys(feeds[0] as Feeds);
    const stacked = names.map((name) => {
      const ofSteps = feeds.map((one) => one[name] as Tensor);
      return [ofEveryStep(name), stackTensors(ofSteps)] as const;
    });
    const inputs = { ...Object.fromEntries(stacked), [STEPS]: ints(feeds.length) };
    const answers = await this.#runner.run(inputs, wanted.map(ofEveryStep));
    const stepMs = (performance.now() - start) / feeds.length;
    this.#stepsAtOnce = Math.min(this.mostSteps, Math.max(1, Math.floor(RUN_MS / stepMs)));
    const numbers = wanted.map((name) => [name, answers[ofEveryStep(name)]?.data]);
    return Object.fromEntries(numbers) as Record<Name, Float32Array>;
  }

  /** A copy of what is carried, by name. */
  readState(): Promise<Feeds> {
    return this.#runner.readState();
  }

  /** Replaces carried values. */
  writeState(values: Feeds): Promise<void> {
    return this.#runner.writeState(values);
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
