/** Which folders of the machine requests may name: those below roots that the operator allows, links followed. */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';

/**
 * The real path of a folder below one of `roots`; `folder` is absolute, or relative to a root. Throws `not-found`, in the
 * same words whether it lies elsewhere or nowhere: what there is outside of the roots is nobody's business.
 */
export async function folderWithin(roots: readonly string[], folder: string): Promise<string> {
  if (roots.length === 0) {
    const message = 'This server indexes no folders. Its operator can allow some by --index-root FOLDER.';
    throw new SinterError('bad-input', message);
  }
  for (const path of isAbsolute(folder) ? [folder] : roots.map((root) => join(root, folder))) {
    if (await isFolder(path)) if (await liesWithin(roots, path)) return realpath(path);
  }
  throw new SinterError('not-found', `There is no folder ${folder} in those that this server may index.`);
}

/** Whether a path lies in one of the roots once all links are followed. */
export async function liesWithin(roots: readonly string[], path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return false;
  for (const root of roots) {
    const way = relative(await realpath(root).catch(() => root), real);
    if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return true;
  }
  return false;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
