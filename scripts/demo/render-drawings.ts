/** Renders the drawings of emoji to PNG files, `<folder>/<slug>/<vendor>.png`. Knows nothing of training or splits. */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { usableCores } from '../../retrieval/threads/usable-cores.ts';
import { iconToPng } from './draw-icon.ts';
import type { Drawing, EmojiClass } from './join-emoji.ts';

/** Sharp enough to look at in a grid, yet decoded in half a millisecond. */
const IMAGE_SIZE = 128;

/** Where a drawing lies, relative to the folder of images. */
export function imagePath(slug: string, vendor: string): string {
  return `${slug}/${vendor}.png`;
}

/** Renders every drawing that is not there yet; a file is there whole or not at all, so it may be stopped at any time. */
export async function renderDrawings(classes: EmojiClass[], folder: string, work: LongWork): Promise<void> {
  const total = classes.reduce((sum, { drawings }) => sum + drawings.length, 0);
  const waiting = classes.values();
  let done = 0;
  const renderClasses = async () => {
    for (const { slug, drawings } of waiting) {
      await mkdir(join(folder, slug), { recursive: true });
      for (const drawing of drawings) {
        stopIfAborted(work.signal);
        await renderOnce(drawing, join(folder, imagePath(slug, drawing.vendor)));
        work.onProgress?.({ stage: 'Drawing emoji', done: ++done, total });
      }
    }
  };
  const renderers = Array.from({ length: usableCores }, renderClasses);
  // When one stops, the others end the drawing in hand first: nothing is written after this has returned.
  await Promise.allSettled(renderers);
  await Promise.all(renderers);
}

async function renderOnce({ icon }: Drawing, path: string): Promise<void> {
  if (existsSync(path)) return;
  await writeFile(`${path}.part`, await iconToPng(icon, IMAGE_SIZE));
  await rename(`${path}.part`, path);
}
