/**
 * A client that costs next to nothing, so that what is measured is the server: requests put together beforehand, written
 * to one connection that stays open, answers found by their length. Knows no more of HTTP than the server's own answers need.
 */
import { connect, type Socket } from 'node:net';

/** Where a search spends its time, in ms. */
export type Timings = { decodeMs: number; embedMs: number; searchMs: number; totalMs: number };

export type SearchClient = {
  /** The answer as it came; `ms` from the first byte sent to the last received. */
  ask(image: Uint8Array): Promise<{ status: number; ms: number; body: string }>;
  /** `timings` are what the server says of itself. Throws for any other answer than k neighbours. */
  search(image: Uint8Array): Promise<{ ms: number; timings: Timings }>;
  close(): void;
};

const BOUNDARY = 'sinter-bench-boundary';
const END_OF_HEAD = '\r\n\r\n';

/** Connects to the server at `url`; every search asks for `k` neighbours. */
export function openSearchClient(url: string, k: number): SearchClient {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const requests = new Map<Uint8Array, Buffer>();
  const ask = async (image: Uint8Array) => {
    const request = requests.get(image) ?? requestOf(host, k, image);
    requests.set(image, request);
    const start = performance.now();
    const answer = await exchange(socket, request);
    const ms = performance.now() - start;
    const [head, body] = answer.toString().split(END_OF_HEAD, 2) as [string, string];
    return { status: Number(head.slice('HTTP/1.1 '.length).slice(0, 3)), ms, body };
  };
  return {
    ask,
    async search(image) {
      const { status, ms, body } = await ask(image);
      const { results, timings } = JSON.parse(body);
      if (status !== 200 || results.length !== k)
        throw new Error(`Expected ${k} neighbours, got ${status}: ${body.slice(0, 200)}`);
      return { ms, timings };
    },
    close: () => socket.destroy(),
  };
}

function requestOf(host: string, k: number, image: Uint8Array): Buffer {
  const field = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="k"\r\n\r\n${k}\r\n`;
  const part = `${field}--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="query"\r\nContent-Type: image/png\r\n\r\n`;
  const form = Buffer.concat([Buffer.from(part), image, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  const head = `POST /v1/search HTTP/1.1\r\nHost: ${host}\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${form.length}`;
  return Buffer.concat([Buffer.from(head + END_OF_HEAD), form]);
}

/** Sends a request and waits for the whole answer, whose head says how long its body is. */
function exchange(socket: Socket, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer: Buffer = Buffer.alloc(0);
    const settle = (end: () => void) => {
      socket.off('data', take).off('error', fail).off('close', cutOff);
      end();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const cutOff = () => fail(new Error('The server closed the connection.'));
    const take = (chunk: Buffer) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      if (isWhole(answer)) settle(() => resolve(answer));
    };
    socket.on('data', take).on('error', fail).on('close', cutOff);
    socket.write(request);
  });
}

function isWhole(answer: Buffer): boolean {
  const end = answer.indexOf(END_OF_HEAD);
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  return answer.length >= end + END_OF_HEAD.length + Number(length);
}
