import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { usageOfChildren } from './child-usage.ts';

const BUSY = `while (process.cpuUsage().user < 500_000); process.stdout.write('done'); setInterval(() => {}, 1000);`;
/** Starts the busy one, and is idle itself. */
const PARENT = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(BUSY)}], { stdio: ['ignore', 'inherit', 'inherit'] }); setInterval(() => {}, 1000);`;

test.runIf(process.platform === 'linux')(
  'the time and memory of children and theirs count, of others not',
  async () => {
    const before = usageOfChildren();
    const parent = spawn(process.execPath, ['-e', PARENT], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      await once(parent.stdout, 'data');
      const ofParent = usageOfChildren(parent.pid);
      expect(ofParent.cpuMs).toBeGreaterThan(300);
      expect(ofParent.rssBytes).toBeGreaterThan(20e6);
      const all = usageOfChildren();
      expect(all.cpuMs - before.cpuMs).toBeGreaterThan(ofParent.cpuMs);
      expect(all.rssBytes - before.rssBytes).toBeGreaterThan(ofParent.rssBytes);
    } finally {
      process.kill(-(parent.pid as number), 'SIGKILL');
    }
  },
);
