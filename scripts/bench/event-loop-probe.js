/**
 * Loaded into a process that is measured (`node --import`): at SIGUSR2 writes how late its event loop was since the last
 * time to the file that EVENT_LOOP_FILE names, as JSON in ms.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const FILE = process.env.EVENT_LOOP_FILE;

if (isMainThread && FILE) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => {
    const ms = (nanoseconds) => nanoseconds / 1e6;
    writeFileSync(
      FILE,
      JSON.stringify({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }),
    );
    delay.reset();
  });
}
