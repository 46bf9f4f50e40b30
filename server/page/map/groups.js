// @ts-check
/** What the points of the map are coloured by: the most frequent labels or clusters have a colour each, the others are grey. */

/**
 * @typedef {import('./point-raster.js').Colour} Colour
 * @typedef {{ name: string, count: number, colour: Colour }} Group
 * @typedef {{ groups: Group[], colours: Uint8Array, palette: Colour[] }} Grouping colour 0 is for what is in no group
 */

const GREY = /** @type {Colour} */ ([150, 144, 138]);
const COLOURED = 40;

/** Turns of the colour circle by which neighbours in the list differ most. */
const GOLDEN_TURN = 0.618034;

/**
 * @param {readonly number[]} numbers of each point's group, -1 for none
 * @param {readonly string[]} names
 * @returns {Grouping}
 */
export function groupsOf(numbers, names) {
  const counts = new Array(names.length).fill(0);
  for (const number of numbers) if (number >= 0) counts[number] += 1;
  const ranked = counts
    .map((_, number) => number)
    .sort((a, b) => counts[b] - counts[a])
    .slice(0, COLOURED);
  const groups = ranked.map((number, i) => ({
    name: names[number] ?? '',
    count: counts[number],
    colour: colourOf(i),
  }));
  const place = new Map(ranked.map((number, i) => [number, i + 1]));
  const colours = Uint8Array.from(numbers, (number) => place.get(number) ?? 0);
  return { groups, colours, palette: [GREY, ...groups.map(({ colour }) => colour)] };
}

/** Strong enough on light and on dark paper. @param {number} i @returns {Colour} */
function colourOf(i) {
  const hue = (0.05 + i * GOLDEN_TURN) % 1;
  const [saturation, lightness] = [i % 2 === 0 ? 0.72 : 0.5, i % 3 === 0 ? 0.47 : 0.56];
  const channel = (/** @type {number} */ shift) => {
    const k = (shift + hue * 12) % 12;
    const reach = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** @param {Colour} colour */
export const cssColour = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;
