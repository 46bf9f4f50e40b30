/**
 * Which cores threads of this process may run on. Linux alone lets a process say so, and Node.js has no call for it, so that
 * util-linux's `taskset` is asked, which every distribution has.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The numbers of the cores that the main thread may run on, in ascending order; none where the system does not tell. */
export function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status'))?.[1];
  // Such as `0-3,8`.
  return (list?.split(',') ?? []).flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The system's number of the thread that calls; undefined where the system does not tell. */
export function threadNumber(): number | undefined {
  try {
    // Such as `4711/task/4713`.
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return undefined;
  }
}

/** Keeps one thread of this process to these cores, or all that it has now. Threads start with what the one that starts them may use. */
export async function keepOn(cores: readonly number[], thread: number | 'all'): Promise<void> {
  const whom = thread === 'all' ? ['--all-tasks', '--pid', '--cpu-list'] : ['--pid', '--cpu-list'];
  await run('taskset', [...whom, cores.join(','), String(thread === 'all' ? process.pid : thread)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
