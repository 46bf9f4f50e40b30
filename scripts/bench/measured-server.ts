/** `sinter serve` in a process of its own, as it is used, watched from outside: its memory, its processor time and how late its event loop is. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, SINTER, start } from '../sinter.test-helper.ts';
import { usageOfChildren } from './child-usage.ts';
import type { Searched } from './searched-gallery.ts';

/** How late the event loop was since the last time that it was asked for; the processor time of all its threads and processes from the start. */
export type Usage = { delayMs: { p50: number; p99: number; max: number }; cpuMs: number };

export type MeasuredServer = {
  url: string;
  /** In bytes, its processes included; undefined where the system does not tell. */
  memory(): number | undefined;
  usage(): Promise<Usage>;
  close(): Promise<void>;
};

const PROBE = new URL('./usage-probe.js', import.meta.url);

/** Compiles the sources, then serves the gallery; with `indexRoot`, requests may have the images in that folder indexed. */
export async function startServer(
  { indexData, gallery }: Searched,
  { indexRoot, ownCore = true }: { indexRoot?: string; ownCore?: boolean } = {},
): Promise<MeasuredServer> {
  await build();
  const file = join(tmpdir(), `sinter-usage-${process.pid}.json`);
  process.env.USAGE_FILE = file;
  const roots = indexRoot === undefined ? [] : ['--index-root', indexRoot];
  const cores = ownCore ? [] : ['--no-own-core'];
  const place = ['--gallery', gallery, '--index-data', indexData, '--port', '0', '--json'];
  const running = start(fileURLToPath(new URL('../../', import.meta.url)), [
    '--import',
    PROBE.href,
    SINTER,
    'serve',
    ...place,
    ...roots,
    ...cores,
  ]);
  const said = await running.until(/"url":"http[^"]+"/);
  const { pid } = running.child;
  return {
    url: /"url":"(http[^"]+)"/.exec(said)?.[1] as string,
    memory: () => residentBytes(pid as number),
    async usage() {
      rmSync(file, { force: true });
      running.child.kill('SIGUSR2');
      await running.when(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('}'));
      const { delayMs, cpuMs } = JSON.parse(readFileSync(file, 'utf8'));
      return { delayMs, cpuMs: cpuMs + usageOfChildren(pid).cpuMs };
    },
    close: async () => {
      running.child.kill();
      await running.ended;
      rmSync(file, { force: true });
    },
  };
}

function residentBytes(pid: number): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024 + usageOfChildren(pid).rssBytes;
}
