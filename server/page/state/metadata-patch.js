// @ts-check
/** What makes one metadata of another, as the server merges it (RFC 7396). */

/** @typedef {import('../api/items.js').Metadata} Metadata */

/** @param {Metadata} before @param {Metadata} after without null, which means absent @returns {Metadata} */
export function metadataPatch(before, after) {
  /** @type {Metadata} */
  const patch = {};
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    patch[name] = isObject(old) && isObject(value) ? metadataPatch(old, value) : value;
  }
  return patch;
}

/** @param {unknown} value @returns {value is Metadata} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
