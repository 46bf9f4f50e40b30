/** An embedded set without images behind it: classes around directions of their own. */
import { seededRandom } from '../random.ts';
import type { EmbeddedSide, EmbeddedSides } from './embed-sides.ts';

export type SidesShape = { classes: number; perClass: number; dim: number; noise: number; seed?: number };

/** Open: `perClass` images of each class; the more noise, the more classes mix. The same classes for every seed. */
export function openSides(shape: SidesShape): EmbeddedSides {
  return { dim: shape.dim, queries: side(shape, 'image'), skipped: [] };
}

function side({ classes, perClass, dim, noise, seed = 1 }: SidesShape, name: string): EmbeddedSide {
  const [centres, random] = [seededRandom(9), seededRandom(seed)];
  const rows = Array.from({ length: classes }, () => Array.from({ length: dim }, centres.normal)).flatMap(
    (centre) =>
      Array.from({ length: perClass }, () => unit(centre.map((value) => value + noise * random.normal()))),
  );
  const images = rows.map((_, i) => ({
    id: `${name} ${i}`,
    path: `/${name}/${i}.png`,
    label: `class ${Math.floor(i / perClass)}`,
  }));
  return { images, vectors: Float32Array.from(rows.flat()) };
}

function unit(row: number[]): number[] {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}
