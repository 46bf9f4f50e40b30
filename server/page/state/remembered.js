// @ts-check
/** Keeps what was made last under its key, and forgets what was not asked for longest. */

const MOST = 30;

/**
 * @template T
 * @returns {(key: string, make: () => T) => T} what was made for the key before, or else makes it
 */
export function remembering() {
  /** @type {Map<string, T>} */
  const kept = new Map();
  return (key, make) => {
    const value = kept.get(key) ?? make();
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > MOST) kept.delete(/** @type {string} */ (kept.keys().next().value));
    return value;
  };
}
