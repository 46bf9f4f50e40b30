/** Where the package lies: this module is one folder further down once it was compiled into `dist`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file or folder of the package. */
export function inPackage(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder))
      throw new Error('Expected a package.json above the server. This is a bug.');
    folder = dirname(folder);
  }
  return join(folder, ...path);
}
