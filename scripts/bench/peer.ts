/**
 * A peer in Python that is asked in lines of JSON, and answers each with one: it stays loaded between its turns.
 * Knows nothing of what is asked.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../../test/python.ts';

export type Peer = {
  /** Name and version of what is compared with. */
  name: string;
  ask<Answer>(question: object): Promise<Answer>;
  close(): void;
};

/** Starts `peers/<script>`; answers in a sentence why it cannot be had where Python or one of its packages is absent. */
export async function startPeer(script: string): Promise<Peer | { absent: string }> {
  const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
  const child = spawn(PYTHON, [path], { stdio: ['pipe', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (text) => complaints.push(String(text)));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const started = new Promise<void>((resolve, reject) => child.on('spawn', resolve).on('error', reject));
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${PYTHON} ${script} ended: ${lastLine(complaints.join(''))}`);
    return JSON.parse(value);
  };
  try {
    await started;
    const { name } = await next();
    return {
      name,
      ask: async (question) => {
        child.stdin.write(`${JSON.stringify(question)}\n`);
        return next();
      },
      close: () => child.kill(),
    };
  } catch (error) {
    child.kill();
    return { absent: (error as Error).message };
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
