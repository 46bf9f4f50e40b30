/** Keeps the files of a form in memory while they are read, with a limit on all of them together. */
import type { StorageEngine } from 'multer';
import { RequestError } from './error-table.ts';

/** One engine for all requests: what a request has sent so far is counted with the request. */
export function collectFiles(maxBytes: number): StorageEngine {
  const taken = new WeakMap<object, number>();
  return {
    _handleFile(request, { stream }, done) {
      const chunks: Buffer[] = [];
      const take = (chunk: Buffer) => {
        const total = (taken.get(request) ?? 0) + chunk.length;
        taken.set(request, total);
        if (total <= maxBytes) return void chunks.push(chunk);
        stream.off('data', take).resume();
        chunks.length = 0;
        done(tooLarge(maxBytes));
      };
      stream.on('data', take);
      stream.on('error', done);
      stream.on('end', () => {
        const buffer = Buffer.concat(chunks);
        done(null, { buffer, size: buffer.length });
      });
    },
    _removeFile(_request, _file, done) {
      done(null);
    },
  };
}

function tooLarge(maxBytes: number): RequestError {
  const limit = `${Math.floor(maxBytes / 1024 / 1024)} MiB`;
  const advice = 'Send them in several requests';
  return new RequestError('too-large', `Expected at most ${limit} of images in one request. ${advice}.`);
}
