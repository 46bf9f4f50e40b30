/**
 * A client that costs next to nothing, so that what is measured is the server: requests put together beforehand, written
 * to one connection that stays open, answers read into one buffer and found by their length. Knows no more of HTTP than the
 * server's own answers need.
 */
import { connect, type Socket } from 'node:net';

/** Where a search spends its time, in ms. */
export type Timings = { decodeMs: number; embedMs: number; searchMs: number; totalMs: number };

export type SearchClient = {
  /** Waits for the whole answer; `ms` from the first byte sent to the last received. `body` holds until the next question. */
  ask(image: Uint8Array): Promise<{ status: number; ms: number; body: Buffer }>;
  /** `timings` are what the server says of itself. Throws for any other answer than k neighbours. */
  search(image: Uint8Array): Promise<{ ms: number; timings: Timings }>;
  close(): void;
};

const BOUNDARY = 'sinter-bench-boundary';
const END_OF_HEAD = '\r\n\r\n';
/** `HTTP/1.1 200 OK`: where the three digits stand. */
const STATUS_AT = 9;
/** More than any answer of the server to a search has. */
const MOST_BYTES = 1 << 20;
const READ_BYTES = 1 << 16;

/** Connects to the server at `url`; every search asks for `k` neighbours. */
export function openSearchClient(url: string, k: number): SearchClient {
  const { hostname, port, host } = new URL(url);
  const answers = new AnswerReader(hostname, Number(port));
  const requests = new Map<Uint8Array, Buffer>();
  const ask = async (image: Uint8Array) => {
    const request = requests.get(image) ?? requestOf(host, k, image);
    requests.set(image, request);
    const start = performance.now();
    const { status, body } = await answers.to(request);
    return { status, ms: performance.now() - start, body };
  };
  return {
    ask,
    async search(image) {
      const { status, ms, body } = await ask(image);
      const text = body.toString();
      const { results, timings } = JSON.parse(text);
      if (status !== 200 || results.length !== k)
        throw new Error(`Expected ${k} neighbours, got ${status}: ${text.slice(0, 200)}`);
      return { ms, timings };
    },
    close: () => answers.close(),
  };
}

function requestOf(host: string, k: number, image: Uint8Array): Buffer {
  const field = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="k"\r\n\r\n${k}\r\n`;
  const part = `${field}--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="query"\r\nContent-Type: image/png\r\n\r\n`;
  const form = Buffer.concat([Buffer.from(part), image, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  const head = `POST /v1/search HTTP/1.1\r\nHost: ${host}\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${form.length}`;
  return Buffer.concat([Buffer.from(head + END_OF_HEAD), form]);
}

type Answer = { status: number; body: Buffer };

/** A connection on which one request at a time is answered; the head of an answer says how long its body is. */
class AnswerReader {
  readonly #socket: Socket;
  readonly #answer = Buffer.alloc(MOST_BYTES);
  #length = 0;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  constructor(host: string, port: number) {
    // Reading into a buffer of our own spares one of 64 KiB for each read.
    const onread = { buffer: Buffer.alloc(READ_BYTES), callback: this.#take.bind(this) };
    this.#socket = connect({ host, port, noDelay: true, onread });
    this.#socket.on('error', (error) => this.#settle?.reject(error));
    this.#socket.on('close', () => this.#settle?.reject(new Error('The server closed the connection.')));
  }

  to(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#length = 0;
      this.#settle = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #take(bytes: number, chunk: Uint8Array): boolean {
    this.#answer.set(chunk.subarray(0, bytes), this.#length);
    this.#length += bytes;
    const answer = wholeAnswer(this.#answer.subarray(0, this.#length));
    if (answer) this.#settle?.resolve(answer);
    return true;
  }
}

function wholeAnswer(answer: Buffer): Answer | undefined {
  const end = answer.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const head = answer.toString('latin1', 0, end);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
  const body = answer.subarray(end + END_OF_HEAD.length);
  if (body.length < length) return undefined;
  return { status: Number(head.slice(STATUS_AT, STATUS_AT + 3)), body };
}
