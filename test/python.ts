/** Where the Python is whose packages serve as references in tests and as peers in benchmarks. No part of the product. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian's, or another one by the environment variable PYTHON. */
export const PYTHON = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');

/** Whether that Python is there and can import the module. */
export function pythonHas(module: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
}
