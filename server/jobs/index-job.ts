/** The job `index`: brings the images of a folder into the gallery, as `sinter index` does. */
import { relative } from 'node:path';
import { z } from 'zod';
import { readImageSet } from '../../retrieval/dataset/read-data-set.ts';
import { indexImages } from '../../retrieval/gallery/index-folder.ts';
import { inBackground } from './background-model.ts';
import { folderWithin, liesWithin } from './folder-within.ts';
import { type JobKind, jobKind } from './job-kind.ts';

const params = z.strictObject({
  folder: z.string().min(1).max(4096).describe('A folder of images below one that the operator allows'),
});

/** Failed files that a job names; how many there are is told in any case. */
const MOST_NAMED = 1000;

/** `roots` are the folders that the operator allows. */
export function indexJob(roots: readonly string[], allowSvg: boolean): JobKind {
  return jobKind({
    name: 'index',
    summary: 'bring the images of a folder into the gallery; items of it whose file is gone are removed',
    params,
    check: async ({ folder }) => {
      await folderWithin(roots, folder);
    },
    run: async ({ folder }, { served: { gallery, model } }, work) => {
      const path = await folderWithin(roots, folder);
      const { images, ...dataSet } = await readImageSet(path, { svg: allowSvg });
      const inside = await keepInside(roots, images);
      const set = { ...dataSet, images: inside };
      const { skipped, ...report } = await indexImages(gallery, inBackground(model), set, {}, work);
      const named = skipped
        .slice(0, MOST_NAMED)
        .map((file) => ({ ...file, path: relative(path, file.path) }));
      const outside = images.length - inside.length;
      return { ...report, outside, failed: skipped.length, failedFiles: named };
    },
  });
}

/** Without those that a link leads out of the roots, wherever somebody put one. */
async function keepInside<File extends { path: string }>(roots: readonly string[], files: File[]) {
  const inside: File[] = [];
  for (const file of files) if (await liesWithin(roots, file.path)) inside.push(file);
  return inside;
}
