/** Lets so many pieces of asynchronous work run at a time; others wait, in the order in which they came. */

export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a function that runs the work given to it once one of `count` slots is free. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  const enter = () => {
    if (free > 0) {
      free--;
      return undefined;
    }
    return new Promise<void>((resolve) => waiting.push(resolve));
  };
  // A slot goes from hand to hand, so that nobody who comes in between takes it from the one who waited.
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
