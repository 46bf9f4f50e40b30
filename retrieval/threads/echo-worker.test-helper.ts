import { availableParallelism } from 'node:os';
import { answerCalls, initialData, Moved } from './call.ts';
import { usableCores } from './usable-cores.ts';

const { greeting } = initialData<{ greeting: string }>();

const methods = {
  greet: (name: string) => `${greeting} ${name}`,
  greetLater: async (name: string) => {
    await Promise.resolve();
    return `${greeting} ${name}`;
  },
  count: (n: number) => {
    const numbers = Uint8Array.from({ length: n }, (_, i) => i);
    return new Moved(numbers, [numbers.buffer]);
  },
  fail: () => {
    throw Object.assign(new TypeError('no'), { code: 'BAD' });
  },
  never: () => new Promise<void>(() => {}),
  /** Blocks the thread, as native code does, and notes its end. */
  block: (milliseconds: number, ended: Int32Array) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    ended[0] = 1;
  },
  cores: () => ({ ofThread: availableParallelism(), usable: usableCores }),
  die: () => process.exit(3),
};
export type EchoMethods = typeof methods;

answerCalls(methods);
