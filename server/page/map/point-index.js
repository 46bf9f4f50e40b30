// @ts-check
/** Finds points of the map by place: a grid of cells, each with the numbers of the points in it. */

/** @typedef {import('./camera.js').Bounds} Bounds */

const POINTS_A_CELL = 8;

export class PointIndex {
  #x;
  #y;
  #bounds;
  #side;
  /** Where each cell begins in `#points`. */
  #starts;
  #points;

  /** @param {Float32Array} x @param {Float32Array} y @param {Bounds} bounds of all of them */
  constructor(x, y, bounds) {
    this.#x = x;
    this.#y = y;
    this.#bounds = bounds;
    this.#side = Math.max(1, Math.ceil(Math.sqrt(x.length / POINTS_A_CELL)));
    const cells = Uint32Array.from(x, (_, i) => this.#row(y[i]) * this.#side + this.#column(x[i]));
    this.#starts = new Uint32Array(this.#side * this.#side + 1);
    for (const cell of cells) this.#starts[cell + 1] = this.#starts[cell + 1] + 1;
    for (let i = 1; i < this.#starts.length; i++) this.#starts[i] = this.#starts[i] + this.#starts[i - 1];
    const next = this.#starts.slice();
    this.#points = new Uint32Array(x.length);
    cells.forEach((cell, i) => {
      this.#points[next[cell]] = i;
      next[cell] = next[cell] + 1;
    });
  }

  /** The numbers of the points within. @param {Bounds} bounds @returns {number[]} */
  within({ left, top, right, bottom }) {
    const found = [];
    for (let row = this.#row(top); row <= this.#row(bottom); row++) {
      const begin = this.#starts[row * this.#side + this.#column(left)];
      const end = this.#starts[row * this.#side + this.#column(right) + 1];
      for (let k = begin; k < end; k++) {
        const i = this.#points[k];
        const [x, y] = [this.#x[i], this.#y[i]];
        if (x >= left && x <= right && y >= top && y <= bottom) found.push(i);
      }
    }
    return found;
  }

  /** The number of the point nearest to a place, at most `reach` away. @param {{ x: number, y: number }} at @param {number} reach @returns {number | undefined} */
  nearest({ x, y }, reach) {
    let [best, least] = [/** @type {number | undefined} */ (undefined), reach * reach];
    for (const i of this.within({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach })) {
      const distance = (this.#x[i] - x) ** 2 + (this.#y[i] - y) ** 2;
      if (distance <= least) [best, least] = [i, distance];
    }
    return best;
  }

  /** @param {number} x */
  #column(x) {
    return this.#cell(x, this.#bounds.left, this.#bounds.right);
  }

  /** @param {number} y */
  #row(y) {
    return this.#cell(y, this.#bounds.top, this.#bounds.bottom);
  }

  /** @param {number} value @param {number} least @param {number} most */
  #cell(value, least, most) {
    const share = (value - least) / Math.max(most - least, 1e-9);
    return Math.max(0, Math.min(this.#side - 1, Math.floor(share * this.#side)));
  }
}
