// @ts-check
/** Paints the map into a canvas whenever something has changed, at most once a frame. */
import { inSight, wholeOf } from './camera.js';
import { cssColour } from './groups.js';
import { drawPoints, fillWith, radiusFor } from './point-raster.js';
import { drawThumbnail, hasThumbnails, MapPictures, pickForCells } from './thumbnails.js';

/**
 * @typedef {import('./camera.js').Camera} Camera
 * @typedef {{ x: Float32Array, y: Float32Array, bounds: import('./camera.js').Bounds, index: import('./point-index.js').PointIndex }} Places
 */

export class MapPainter {
  camera = { x: 0, y: 0, scale: 1 };
  size = { width: 1, height: 1 };
  #places;
  #imageUrlOf;
  #pictures = new MapPictures(() => this.repaint());
  /** @type {import('./groups.js').Grouping} */
  #grouping = { groups: [], colours: new Uint8Array(), palette: [] };
  /** @type {Uint8Array | undefined} */
  #dimmed;
  /** @type {HTMLCanvasElement | undefined} */
  #canvas;
  /** @type {ImageData | undefined} */
  #image;
  #frame = 0;

  /** @param {Places} places @param {(index: number) => string} imageUrlOf */
  constructor(places, imageUrlOf) {
    this.#places = places;
    this.#imageUrlOf = imageUrlOf;
  }

  /** The camera that shows all. */
  get whole() {
    return wholeOf(this.#places.bounds, this.size);
  }

  get wholeScale() {
    return this.whole.scale;
  }

  /** @param {HTMLCanvasElement} canvas @returns {() => void} lets go of it */
  attach(canvas) {
    this.#canvas = canvas;
    const observer = new ResizeObserver(() => this.#resize(canvas));
    observer.observe(canvas);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(this.#frame);
      this.#canvas = undefined;
    };
  }

  /** @param {import('./groups.js').Grouping} grouping @param {number | undefined} chosen the only one that is not dimmed */
  setGroups(grouping, chosen) {
    this.#grouping = grouping;
    this.#dimmed =
      chosen === undefined ? undefined : Uint8Array.from(grouping.palette, (_, i) => Number(i !== chosen));
    this.repaint();
  }

  /** @param {Camera} camera */
  look(camera) {
    this.camera = camera;
    this.repaint();
  }

  repaint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  /** What was in the middle stays there. @param {HTMLCanvasElement} canvas */
  #resize(canvas) {
    const before = this.size.width > 1 ? this.camera.scale / this.wholeScale : undefined;
    this.size = { width: Math.max(1, canvas.clientWidth), height: Math.max(1, canvas.clientHeight) };
    canvas.width = Math.round(this.size.width * devicePixelRatio);
    canvas.height = Math.round(this.size.height * devicePixelRatio);
    this.camera = before === undefined ? this.whole : { ...this.camera, scale: this.wholeScale * before };
    this.#image = undefined;
    this.#paint();
  }

  #paint() {
    const context = this.#canvas?.getContext('2d');
    if (!context || !this.#canvas || this.size.width <= 1) return;
    const { width, height } = this.#canvas;
    this.#image ??= context.createImageData(width, height);
    const { colours, palette } = this.#grouping;
    const { x, y } = this.#places;
    const ratio = width / this.size.width;
    const zoom = this.camera.scale / this.wholeScale;
    fillWith(this.#image, backgroundOf(this.#canvas));
    const view = { ...this.camera, scale: this.camera.scale * ratio };
    drawPoints(
      this.#image,
      { x, y, colours, palette, dimmed: this.#dimmed },
      view,
      radiusFor(zoom, x.length) * ratio,
    );
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(this.#image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#paintThumbnails(context, zoom);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} zoom */
  #paintThumbnails(context, zoom) {
    const points = this.#places.index.within(inSight(this.camera, this.size, 32));
    if (!hasThumbnails(zoom, points.length)) return;
    const { colours, palette } = this.#grouping;
    const bright = points.filter((i) => !this.#dimmed?.[colours[i] ?? 0]);
    for (const i of pickForCells(bright, this.#places, this.camera.scale)) {
      const image = this.#pictures.of(this.#imageUrlOf(i));
      if (image)
        drawThumbnail(context, image, this.#onScreen(i), cssColour(palette[colours[i] ?? 0] ?? [0, 0, 0]));
    }
  }

  /** @param {number} i */
  #onScreen(i) {
    const { x, y, scale } = this.camera;
    return {
      x: ((this.#places.x[i] ?? 0) - x) * scale + this.size.width / 2,
      y: ((this.#places.y[i] ?? 0) - y) * scale + this.size.height / 2,
    };
  }
}

/** The colour behind the canvas, as its style has it. @param {HTMLCanvasElement} canvas @returns {import('./point-raster.js').Colour} */
function backgroundOf(canvas) {
  const [red = 0, green = 0, blue = 0] =
    getComputedStyle(canvas).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
  return [red, green, blue];
}
