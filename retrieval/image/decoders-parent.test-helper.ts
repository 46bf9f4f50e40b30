/** A process that has an image decoded, says by which process, and then waits to be ended or ends by itself. */
import { createDecoders } from './decoders.ts';

const module = new URL('./decoder-process.test-helper.ts', import.meta.url);
const { data } = await createDecoders({ most: 1, module }).decode(Uint8Array.of(0), {
  fit: 'squash',
  resize: 1,
  crop: 1,
});
process.stdout.write(`${data}\n`);
if (process.argv[2] === 'stay') setInterval(() => {}, 1000);
