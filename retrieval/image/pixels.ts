/** What an image is once decoded, and the rule by which any image becomes a model's input. */

/** Upright sRGB pixels, row by row: `data` is uint8 [height, width, 3]. */
export type Pixels = { data: Uint8Array; width: number; height: number };

/**
 * How an image becomes a square input of `crop` × `crop` pixels: scaled to `resize` × `resize`, then the centre is cut out.
 * `squash` ignores the aspect ratio (the paper's rule), `cover` scales the short side to `resize`,
 * `contain` the long side and fills up with white.
 */
export type InputRule = { fit: 'squash' | 'cover' | 'contain'; resize: number; crop: number };

/** A box of an upright image, as fractions of its width and height: `x` and `y` are its upper left corner. */
export type Crop = { x: number; y: number; width: number; height: number };
