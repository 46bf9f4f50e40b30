/** Installs the emoji sets of the demo into a cache folder with npm, from a lockfile of their own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SinterError } from '../../retrieval/errors.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';

/** The folder of the demo's own `package.json` and lockfile, which the build does not copy to `dist`. */
const LOCK_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './' : '../../../scripts/demo/', import.meta.url),
);

/** The text of the lockfile: it changes exactly when the drawings may. */
export function readLockfile(): Promise<string> {
  return readFile(join(LOCK_FOLDER, 'package-lock.json'), 'utf8');
}

/**
 * Installs the sets of the lockfile into `folder` and returns the folder of each; does nothing when they are there.
 * Runs no scripts of the packages. Throws `not-found` when npm is missing or fails, `interrupted` when stopped.
 */
export async function installSets(folder: string, work: LongWork): Promise<string[]> {
  const { dependencies } = JSON.parse(await readFile(join(LOCK_FOLDER, 'package.json'), 'utf8'));
  const modules = join(folder, 'node_modules');
  // npm writes this file once everything else is in place.
  if (!existsSync(join(modules, '.package-lock.json'))) {
    work.onProgress?.({ stage: 'Fetching emoji sets', done: 0, total: 1 });
    await mkdir(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      await copyFile(join(LOCK_FOLDER, file), join(folder, file));
    }
    await runNpm(folder, work.signal);
  }
  work.onProgress?.({ stage: 'Fetching emoji sets', done: 1, total: 1 });
  return Object.keys(dependencies).map((name) => join(modules, name));
}

async function runNpm(folder: string, signal: AbortSignal | undefined): Promise<void> {
  stopIfAborted(signal);
  // The prefix is said outright: run under `npm run`, npm would inherit the one of the project around it.
  const prefix = resolve(folder);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', prefix];
  const shell = process.platform === 'win32';
  const npm = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], shell });
  let complaints = '';
  npm.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(0, 400);
  });
  // npm answers a gentler signal only once its downloads are through; the next run clears away what this one leaves.
  const kill = () => npm.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  const failure = await new Promise<string | undefined>((settle) => {
    npm.on('error', (error) => settle(error.message));
    npm.on('close', (code) => settle(code === 0 ? undefined : `exit code ${code}. ${complaints}`.trim()));
  });
  signal?.removeEventListener('abort', kill);
  stopIfAborted(signal);
  if (failure === undefined) return;
  throw new SinterError(
    'not-found',
    `Expected npm to install the emoji sets into ${folder}, got: ${failure}\n` +
      'Check that npm is installed and its registry can be reached, then start again.',
  );
}
