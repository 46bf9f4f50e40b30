import { answerCalls, initialData, Moved } from './call.ts';

const { greeting } = initialData<{ greeting: string }>();

const methods = {
  greet: (name: string) => `${greeting} ${name}`,
  count: (n: number) => {
    const numbers = Uint8Array.from({ length: n }, (_, i) => i);
    return new Moved(numbers, [numbers.buffer]);
  },
  fail: () => {
    throw Object.assign(new TypeError('no'), { code: 'BAD' });
  },
  never: () => new Promise<void>(() => {}),
  die: () => process.exit(3),
};
export type EchoMethods = typeof methods;

answerCalls(methods);
