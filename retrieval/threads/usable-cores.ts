/**
 * How many cores this process may use: those that it may run on, or less where its time on them is limited, as that of
 * containers and services is. Node.js 20 knows the former alone, and threads beyond the limit only take turns.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

export type CgroupFiles = {
  /** Where control groups are mounted; default `/sys/fs/cgroup`. */
  mount?: string;
  /** Which groups this process is in; default `/proc/self/cgroup`. */
  self?: string;
};

const OF_PROCESS = 'sinter:usable-cores';

/** In every thread what the main thread found: a thread may be kept from a core for a while (`own-core.ts`). */
export const usableCores = (getEnvironmentData(OF_PROCESS) as number | undefined) ?? countCores();
setEnvironmentData(OF_PROCESS, usableCores);

function countCores(): number {
  return Math.min(availableParallelism(), Math.ceil(cpuQuota() ?? Number.POSITIVE_INFINITY));
}

/**
 * Cores' worth of time that this process may use, such as 1.5: the least that its Linux control groups, of version 1 or 2, and
 * those around them allow. Undefined where none limits it, and on other systems.
 */
export function cpuQuota({
  mount = '/sys/fs/cgroup',
  self = '/proc/self/cgroup',
}: CgroupFiles = {}): number | undefined {
  const quotas = (read(self) ?? '').split('\n').flatMap((line) => {
    // Such as `0::/system.slice/sinter.service` or `4:cpu,cpuacct:/docker/1f0c`.
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    if (controllers === '') return groupsUpFrom(group).map((each) => quotaOfVersion2(join(mount, each)));
    if (!controllers?.split(',').includes('cpu')) return [];
    return groupsUpFrom(group).map((each) => quotaOfVersion1(join(mount, 'cpu', each)));
  });
  const limits = quotas.filter((quota) => quota > 0);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

/** A container may see its own group as the root, whatever it is called outside. */
function groupsUpFrom(group: string): string[] {
  return group === '/' ? ['/'] : [group, ...groupsUpFrom(dirname(group))];
}

/** NaN where there is no limit. */
function quotaOfVersion2(folder: string): number {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').split(' ');
  return Number(quota) / Number(period);
}

/** Negative or NaN where there is no limit. */
function quotaOfVersion1(folder: string): number {
  return Number(read(join(folder, 'cpu.cfs_quota_us'))) / Number(read(join(folder, 'cpu.cfs_period_us')));
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
