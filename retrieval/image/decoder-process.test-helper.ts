/** In place of a decoder: does what the first byte says, and answers with its process id as the only pixel. */
import { existsSync, writeFileSync } from 'node:fs';
import { answerCallsFromProcess } from '../threads/worker-process.ts';

export const DO = { answer: 0, crash: 1, crashOnce: 2, hang: 3, answerLate: 4 } as const;

answerCallsFromProcess({
  ready: () => true,
  async decode(bytes: Uint8Array) {
    const [what] = bytes;
    const marker = Buffer.from(bytes.subarray(1)).toString();
    if (what === DO.crash || (what === DO.crashOnce && !existsSync(marker))) {
      if (what === DO.crashOnce) writeFileSync(marker, '');
      process.kill(process.pid, 'SIGSEGV');
      await new Promise(() => {});
    }
    if (what === DO.hang) for (;;);
    if (what === DO.answerLate) await new Promise((resolve) => setTimeout(resolve, 300));
    return { data: Buffer.from(String(process.pid)), width: 1, height: 1, decodeMs: 0 };
  },
});
