/** A process whose work never heeds that it should stop. */
import { interruptible } from './interruptible.ts';

await interruptible({ say: (sentence) => console.error(sentence), ifStopped: '' }, () => {
  console.error('working');
  return new Promise<void>((resolve) => setTimeout(resolve, 60_000));
});
