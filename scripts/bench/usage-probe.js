/**
 * Loaded into a process that is measured (`node --import`): at SIGUSR2 writes how late its event loop was since the last
 * time, and how much processor time the process has taken so far, to the file that USAGE_FILE names, as JSON in ms.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const FILE = process.env.USAGE_FILE;

if (isMainThread && FILE) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => {
    const ms = (nanoseconds) => nanoseconds / 1e6;
    const { user, system } = process.cpuUsage();
    const delayMs = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
    writeFileSync(FILE, JSON.stringify({ delayMs, cpuMs: (user + system) / 1000 }));
    delay.reset();
  });
}
