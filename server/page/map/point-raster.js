// @ts-check
/**
 * Draws points as small soft discs into pixels, on the CPU: 50,000 of them take some milliseconds, on any machine and without
 * a graphics card.
 */

/** @typedef {[red: number, green: number, blue: number]} Colour */

/** Points look larger the closer one looks, within bounds; in CSS pixels. */
const SMALLEST_PX = 1.6;
const LARGEST_PX = 6;

/** @param {number} zoom how many times closer than the whole map @param {number} count points of the whole map */
export function radiusFor(zoom, count) {
  const first = count > 20_000 ? SMALLEST_PX : SMALLEST_PX + 1.2;
  return Math.min(LARGEST_PX, first * Math.max(1, zoom) ** 0.35);
}

/**
 * @param {ImageData} image filled with the background, drawn over
 * @param {{ x: Float32Array, y: Float32Array, colours: Uint8Array, palette: Colour[], dimmed: Uint8Array | undefined }} points
 *   `colours` are numbers of the palette; those whose colour is `dimmed` are hardly seen
 * @param {{ x: number, y: number, scale: number }} view the middle, and device pixels per unit
 * @param {number} radius in device pixels
 */
export function drawPoints({ data, width, height }, { x, y, colours, palette, dimmed }, view, radius) {
  const stamp = stampOf(radius);
  const reach = Math.ceil(radius);
  const [left, top] = [width / 2 - view.x * view.scale, height / 2 - view.y * view.scale];
  for (let i = 0; i < x.length; i++) {
    const column = Math.round(left + x[i] * view.scale);
    const row = Math.round(top + y[i] * view.scale);
    if (column < reach || row < reach || column >= width - reach || row >= height - reach) continue;
    const colour = colours[i];
    const [red, green, blue] = palette[colour];
    const strength = dimmed?.[colour] ? 0.12 : 1;
    const origin = (row * width + column) * 4;
    for (let k = 0; k < stamp.length; k += 3) {
      const at = origin + (stamp[k + 1] * width + stamp[k]) * 4;
      const alpha = stamp[k + 2] * strength;
      data[at] += (red - data[at]) * alpha;
      data[at + 1] += (green - data[at + 1]) * alpha;
      data[at + 2] += (blue - data[at + 2]) * alpha;
    }
  }
}

/** A disc as triples of dx, dy and how much of the pixel it covers. @param {number} radius */
function stampOf(radius) {
  const triples = [];
  const reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) triples.push(dx, dy, cover * 0.85);
    }
  }
  return Float32Array.from(triples);
}

/** Fills an image with one colour. @param {ImageData} image @param {Colour} colour */
export function fillWith({ data }, [red, green, blue]) {
  new Uint32Array(data.buffer).fill((255 << 24) | (blue << 16) | (green << 8) | red);
}
