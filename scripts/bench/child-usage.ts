/** What the processes use that a process started, and those that these started: `process.cpuUsage` leaves them out. */
import { readdirSync, readFileSync } from 'node:fs';

export type ChildUsage = { cpuMs: number; rssBytes: number };

/** `CLK_TCK` and the size of a page on all Linux systems that Node.js is built for, but for pages of some ARM machines. */
const MS_A_TICK = 10;
const PAGE_BYTES = 4096;

/** Of the processes that are alive now; nothing where the system is not Linux. */
export function usageOfChildren(pid: number = process.pid): ChildUsage {
  const sum = { cpuMs: 0, rssBytes: 0 };
  for (const child of descendants(pid, allProcesses())) {
    sum.cpuMs += child.cpuMs;
    sum.rssBytes += child.rssBytes;
  }
  return sum;
}

/** Processor time of this process and its children, in ms. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + usageOfChildren().cpuMs;
}

type Process = ChildUsage & { pid: number; parent: number };

function descendants(pid: number, all: readonly Process[]): Process[] {
  const children = all.filter(({ parent }) => parent === pid);
  return [...children, ...children.flatMap((child) => descendants(child.pid, all))];
}

function allProcesses(): Process[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []));
}

/** By proc_pid_stat(5), whose second field is a name in parentheses; undefined for one that has just ended. */
function read(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user, system, pages] = [rest[9], rest[10], rest[19]].map(Number) as [number, number, number];
    return {
      pid,
      parent: Number(parent),
      cpuMs: (user + system) * MS_A_TICK,
      rssBytes: pages * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}
