/** Processor, memory and disk. */
import { existsSync, readFileSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { cpuQuota, usableCores } from '../../retrieval/threads/usable-cores.ts';
import type { Check } from './check.ts';

const GIB = 2 ** 30;
const LEAST_MEMORY = GIB;
const LEAST_DISK = GIB;

/** Instructions that ONNX Runtime has kernels for, as Linux names them. */
const FEATURES = [
  'avx2',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'asimd',
  'asimddp',
  'i8mm',
  'sve',
];

export function checkProcessor(): Check[] {
  return [checkCores(), ...checkFeatures()];
}

function checkCores(): Check {
  const found = `${availableParallelism()} of ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  const quota = cpuQuota();
  const isLimited = quota !== undefined && quota < availableParallelism();
  const used = isLimited ? `, ${usableCores} used: time on them is limited to ${quota}` : '';
  return { name: 'cores', state: 'ok', found: found + used };
}

function checkFeatures(): Check[] {
  if (!existsSync('/proc/cpuinfo')) return [];
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const flags = line.trim().split(' ');
  const found = FEATURES.filter((feature) => flags.includes(feature)).join(', ') || 'none that help';
  const isSlow = process.arch === 'x64' && !flags.includes('avx2');
  return [
    isSlow
      ? {
          name: 'instructions',
          state: 'note',
          found,
          advice:
            'Without AVX2 embedding takes several times as long. In a virtual machine, pass the processor of the host through.',
        }
      : { name: 'instructions', state: 'ok', found },
  ];
}

export function checkMemory(): Check[] {
  // Where nothing is limited, the limit is a number beyond all memory.
  const limit = Math.min(totalmem(), process.constrainedMemory() || totalmem());
  const free = Math.min(freemem(), limit);
  const found = `${gib(free)} of ${gib(limit)} free`;
  if (free >= LEAST_MEMORY) return [{ name: 'memory', state: 'ok', found }];
  const advice = 'Each session holds the weights of the model and its largest maps: use fewer `--workers`.';
  return [{ name: 'memory', state: 'note', found, advice }];
}

/** Whether folders that Sinter writes to can be written to, and how much room there is; those not there yet are judged by what they will lie in. */
export function checkFolders(folders: string[]): Promise<Check[]> {
  return Promise.all(folders.map(checkFolder));
}

async function checkFolder(name: string): Promise<Check> {
  let folder = resolve(name);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const found = `${gib(bavail * bsize)} free in ${folder}`;
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return {
      name,
      state: 'problem',
      found,
      advice: `Let this user write to ${folder}, or choose another folder.`,
    };
  if (bavail * bsize >= LEAST_DISK) return { name, state: 'ok', found };
  return {
    name,
    state: 'note',
    found,
    advice: `Make room: writes fail where the disk of ${folder} is full.`,
  };
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
