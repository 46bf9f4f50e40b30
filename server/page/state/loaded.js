// @ts-check
/** What a view waits for: loaded when its inputs change, given up when they change again, and tried anew after a new key. */
import { useEffect, useState } from 'preact/hooks';
import { attempt } from '../api/client.js';

/**
 * @template T
 * @typedef {{ value: T | undefined, error: unknown, waiting: boolean, again: () => void }} Loaded
 */

/**
 * While new inputs load, `value` stays what it was: views decide whether to show it.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} inputs
 * @returns {Loaded<T>}
 */
export function useLoaded(load, inputs) {
  const [round, setRound] = useState(0);
  const key = JSON.stringify([inputs, round, attempt.value]);
  const [state, setState] = useState(
    /** @type {{ key: string, value?: T, error?: unknown }} */ ({ key: '' }),
  );
  useEffect(() => {
    const leaving = new AbortController();
    load(leaving.signal).then(
      (value) => !leaving.signal.aborted && setState({ key, value }),
      (error) => !leaving.signal.aborted && setState({ key, error }),
    );
    return () => leaving.abort();
  }, [key]);
  const again = () => setRound((round) => round + 1);
  return {
    value: state.value,
    error: state.key === key ? state.error : undefined,
    waiting: state.key !== key,
    again,
  };
}
