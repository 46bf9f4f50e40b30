/** Small labelled images for tests: discs, squares and stripes in colours of their own, each a little different. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../retrieval/random.ts';

const SHAPES: Record<string, (fill: string, at: number) => string> = {
  disc: (fill, at) => `<circle cx="${at}" cy="${at}" r="9" fill="${fill}"/>`,
  square: (fill, at) => `<rect x="${at - 8}" y="${at - 8}" width="16" height="16" fill="${fill}"/>`,
  stripes: (fill, at) => `<path d="M0 ${at - 6}h32M0 ${at + 4}h32" stroke="${fill}" stroke-width="5"/>`,
  cross: (fill, at) => `<path d="M${at} 0v32M0 ${at}h32" stroke="${fill}" stroke-width="6"/>`,
};

/** Writes `perClass` PNGs of 32 × 32 pixels for each of four classes into class folders. */
export async function writeShapes(folder: string, perClass: number): Promise<void> {
  const random = seededRandom(11);
  for (const [name, draw] of Object.entries(SHAPES)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const fill = `hsl(${random.integer(360)}, 70%, 45%)`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="white"/>${draw(fill, 13 + random.integer(6))}</svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, name, `${i}.png`));
    }
  }
}
