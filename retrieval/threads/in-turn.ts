/** Lets asynchronous pieces of work run one after another, in the order in which they were asked for. */

/** Makes a function that runs the work given to it after all earlier work has ended, well or badly. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}
