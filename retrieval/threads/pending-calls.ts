/** Calls that went to a thread or process and wait for their answers, and what crosses in between. */
import { type ErrorCode, SinterError } from '../errors.ts';

export type Request = { id: number; method: string; args: unknown[] };
export type Response = {
  id: number;
  value?: unknown;
  error?: { name: string; message: string; code?: string };
};

/**
 * Calls the method that a request names, and posts what it answers, or how it or the posting failed.
 * @returns whether that is done; not yet if the method answers with a promise.
 */
export function answer(
  { id, method, args }: Request,
  methods: Record<string, unknown>,
  post: (response: Response) => void,
): boolean {
  try {
    const value = (methods[method] as (...args: unknown[]) => unknown)(...args);
    if (value instanceof Promise) {
      value.then((settled) => post({ id, value: settled })).catch((error) => post(failure(id, error)));
      return false;
    }
    post({ id, value });
  } catch (error) {
    post(failure(id, error));
  }
  return true;
}

function failure(id: number, thrown: unknown): Response {
  const { name, message, code } = thrown as Error & { code?: string };
  return { id, error: { name, message, ...(code !== undefined && { code }) } };
}

export class PendingCalls {
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #nextId = 0;
  #ended: Error | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** Sends a request and waits for its answer; rejects with the method's own error, or with why there will be no more answers. */
  add<T>(method: string, args: unknown[], send: (request: Request) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      send({ id, method, args });
    });
  }

  settle({ id, value, error }: Response): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(revive(error));
    else waiting.resolve(value as never);
  }

  /** Rejects what waits and all later calls; the first reason stays. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function revive({ name, message, code }: NonNullable<Response['error']>): Error {
  if (name === 'SinterError') return new SinterError(code as ErrorCode, message);
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  error.name = name;
  return error;
}
