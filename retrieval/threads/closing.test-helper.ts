/** A process that does nothing but close a thread which is at work: it ends well only if it waits for that. */
import { WorkerThread } from './call.ts';
import type { EchoMethods } from './echo-worker.test-helper.ts';

const url = new URL('./echo-worker.test-helper.ts', import.meta.url);
const thread = new WorkerThread<EchoMethods>(url, { greeting: 'hi' });
await thread.call('greet', ['x']);
const ended = new Int32Array(1);
for (let i = 0; i < 2; i++) thread.call('block', [200, ended]).catch(() => {});
await thread.close();
process.stdout.write('closed\n');
