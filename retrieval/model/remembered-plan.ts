/** Remembers what was measured on this machine, in a file for each model and wish. A machine that has changed measures again. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, hostname, platform, release } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DEVICES } from '../embed/device.ts';
import type { RunPlan } from '../embed/embedder.ts';
import { usableCores } from '../threads/usable-cores.ts';

const planFile = z.strictObject({
  device: z.enum(DEVICES),
  workers: z.int().positive(),
  threadsPerWorker: z.int().positive(),
});

/** What decides whether a GPU is seen: variables, drivers of Vulkan, files of devices. */
const VARIABLES = ['LD_LIBRARY_PATH', 'VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'CUDA_VISIBLE_DEVICES'];
const DRIVER_FOLDERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/dev/dri'];
const DEVICE_FILES = ['/dev/nvidia0', '/dev/dxg'];

/** The plan remembered in `folder` for this machine and `question`, else the one that `measure` finds. */
export async function rememberedPlan(
  folder: string,
  question: object,
  measure: () => Promise<RunPlan>,
): Promise<RunPlan> {
  const asked = JSON.stringify([question, machine()]);
  const name = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  const path = join(folder, `${name}.plan.json`);
  const known = await read(path);
  if (known) return known;
  const plan = await measure();
  // A folder that cannot be written to costs a measurement the next time, and no more.
  await write(path, plan).catch(() => {});
  return plan;
}

async function read(path: string): Promise<RunPlan | undefined> {
  try {
    return planFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function write(path: string, plan: RunPlan): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(plan)}\n`);
  await rename(draft, path);
}

function machine(): unknown {
  return [
    hostname(),
    [platform(), release(), arch()],
    [cpus()[0]?.model, usableCores],
    createRequire(import.meta.url)('onnxruntime-node/package.json').version,
    VARIABLES.map((name) => process.env[name]),
    DRIVER_FOLDERS.map((folder) => (existsSync(folder) ? readdirSync(folder).sort() : [])),
    DEVICE_FILES.map((file) => existsSync(file)),
  ];
}
