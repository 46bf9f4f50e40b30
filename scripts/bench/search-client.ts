/** A client that costs little: one connection that stays open, forms put together beforehand, answers read before they are looked at. */
import { Agent, type IncomingMessage, request } from 'node:http';

/** Where a search spends its time, in ms. */
export type Timings = { decodeMs: number; embedMs: number; searchMs: number; totalMs: number };

export type SearchClient = {
  /** `ms` from the first byte sent to the last received; `timings` are what the server says of itself. Throws for any other answer than k neighbours. */
  search(image: Uint8Array, k: number): Promise<{ ms: number; timings: Timings }>;
  close(): void;
};

const BOUNDARY = 'sinter-bench-boundary';

export function openSearchClient(url: string): SearchClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const forms = new Map<Uint8Array, Buffer>();
  return {
    async search(image, k) {
      const form = forms.get(image) ?? formOf(image);
      forms.set(image, form);
      const start = performance.now();
      const { status, body } = await post(agent, `${url}/v1/search?k=${k}`, form);
      const ms = performance.now() - start;
      const { results, timings } = JSON.parse(body);
      if (status !== 200 || results.length !== k)
        throw new Error(`Expected ${k} neighbours, got ${status}: ${body.slice(0, 200)}`);
      return { ms, timings };
    },
    close: () => agent.destroy(),
  };
}

function formOf(image: Uint8Array): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="query"\r\nContent-Type: image/png\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}

function post(
  agent: Agent,
  url: string,
  form: Buffer,
): Promise<{ status: number | undefined; body: string }> {
  const headers = {
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    'Content-Length': form.length,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(form);
  });
}
