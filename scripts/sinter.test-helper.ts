/** Runs the command line as it is installed, in a process of its own, on small images that are made here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodePng } from '../retrieval/image/encode-png.ts';
import { writeTinyBundle } from '../retrieval/model/bundle.test-helper.ts';
import { seededRandom } from '../retrieval/random.ts';

export type Ended = { code: number | null; signal: string | null; stdout: string; stderr: string };

export type Running = {
  child: ChildProcess;
  /** Resolves with what stderr or stdout said up to now, once it matches; rejects where the process ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves once `holds` does; rejects likewise. */
  when(holds: () => boolean | Promise<boolean>): Promise<void>;
  ended: Promise<Ended>;
};

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
/** The command line as it is compiled. */
export const SINTER = join(ROOT, 'dist', 'scripts', 'sinter.js');

/** Compiles the product into `dist`, as `npm run build` does: what is tested is what is installed. */
export async function build(): Promise<void> {
  const { code, stdout } = await start(ROOT, [TSC, '-p', 'tsconfig.build.json']).ended;
  if (code !== 0) throw new Error(`Expected the sources to compile: ${stdout}`);
}

/** Starts `sinter` with its arguments in a folder. */
export function startSinter(folder: string, ...args: string[]): Running {
  return start(folder, [SINTER, ...args]);
}

/** Runs `sinter` to its end. */
export function sinter(folder: string, ...args: string[]): Promise<Ended> {
  return startSinter(folder, ...args).ended;
}

/** The same with `--json`; answers what was printed, which must be one JSON object and a newline. */
export async function sinterJson(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await sinter(folder, ...args, '--json');
  if (code !== 0) throw new Error(`sinter ${args.join(' ')} ended with ${code}: ${stderr}`);
  if (stdout.indexOf('\n') !== stdout.length - 1) throw new Error(`Expected one line, got ${stdout}`);
  return JSON.parse(stdout);
}

/** Starts node with a module and its arguments; `env` is by default that of this process. */
export function start(folder: string, args: string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (text) => {
      said[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  const when = async (holds: () => boolean | Promise<boolean>) => {
    while (!(await holds())) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`It has ended: ${said.stdout}${said.stderr}`);
      await sleep(20);
    }
  };
  const until = async (pattern: RegExp) => {
    await when(() => pattern.test(said.stdout + said.stderr));
    return said.stdout + said.stderr;
  };
  return { child, until, when, ended };
}

/** Options of `sinter train` for a network that the small images here are enough for. */
export const SMALL_NETWORK = ['--size', '16', '--batch-size', '8', '--dim', '8'];

const temporary: string[] = [];

/** A new folder, until `removeTemporaryFolders`. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-'));
  temporary.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of temporary.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** A temporary folder with a model that knows colours, `models/tiny`, and in `shapes` so many drawings of each of four colours. */
export async function folderWithModel(each: number): Promise<string> {
  const folder = await temporaryFolder();
  await makeShapes(join(folder, 'shapes'), each);
  await writeTinyBundle(join(folder, 'models', 'tiny'));
  return folder;
}

const COLOURS = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 60, 220], yellow: [230, 210, 20] };

/** A folder for each colour with drawings of squares in that colour, at places and in sizes drawn by the seed. */
export async function makeShapes(folder: string, each: number, seed = 1): Promise<void> {
  const random = seededRandom(seed, 'shapes');
  for (const [name, colour] of Object.entries(COLOURS)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 1; i <= each; i++) {
      const between = (low: number, high: number) => Math.floor(low + random.uniform() * (high - low));
      const square = { left: between(1, 8), top: between(1, 8), side: between(8, 14) };
      await writeFile(join(folder, name, `${i}.png`), await drawSquare(colour, square));
    }
  }
}

function drawSquare(
  colour: number[],
  { left, top, side }: { left: number; top: number; side: number },
): Promise<Uint8Array> {
  const size = 24;
  const data = new Uint8Array(size * size * 3).fill(255);
  for (let row = top; row < top + side; row++) {
    for (let column = left; column < left + side; column++) data.set(colour, (row * size + column) * 3);
  }
  return encodePng({ data, width: size, height: size });
}
