/** Reads the body of a search: an image in a form, or JSON. Knows nothing of what is searched. */
import express, { type Request, type Response } from 'express';
import multer, { MulterError } from 'multer';
import { SinterError } from '../retrieval/errors.ts';
import { RequestError } from './error-table.ts';

/** `image` is there when the request came as a form. */
export type Body = { image?: Uint8Array; values: Record<string, unknown> };

type Middleware = (request: Request, response: Response, next: (error?: unknown) => void) => void;

/**
 * Makes the reader of bodies: multipart with one file in the field `image`, of at most `maxImageBytes`, or JSON.
 * It throws `bad-input` for a broken body, `too-large`, and `wrong-content-type` for any other kind of body.
 */
export function bodyReader(maxImageBytes: number): (request: Request, response: Response) => Promise<Body> {
  const limits = { fileSize: maxImageBytes, files: 1, fields: 4, fieldSize: 4096, fieldNestingDepth: 0 };
  const readForm: Middleware = multer({ storage: multer.memoryStorage(), limits }).single('image');
  const readJson: Middleware = express.json({ limit: '16kb' });
  return async (request, response) => {
    if (request.is('multipart/form-data')) {
      await run(readForm, request, response).catch((error) =>
        Promise.reject(formError(error, maxImageBytes)),
      );
      return { image: imageOf(request), values: { ...request.body } };
    }
    if (!request.is('application/json')) throw wrongContentType(request);
    await run(readJson, request, response);
    return { values: request.body };
  };
}

function run(middleware: Middleware, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    middleware(request, response, (error) => (error ? reject(error) : resolve()));
  });
}

function imageOf(request: Request): Uint8Array {
  if (request.file) return request.file.buffer;
  throw new SinterError('bad-input', 'Expected an image file in the form field "image", got none.');
}

function formError(error: unknown, maxImageBytes: number): Error {
  if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') {
    const limit = `${Math.floor(maxImageBytes / 1024)} KiB`;
    return new RequestError('too-large', `Expected an image of at most ${limit}, got more.`, {
      cause: error,
    });
  }
  const { message } = error as Error;
  const field = error instanceof MulterError && error.field ? ` "${error.field}"` : '';
  const expected = 'Expected a form with one file in the field "image" and at most the field "k"';
  return new SinterError('bad-input', `${expected}, got: ${message}${field}.`, { cause: error });
}

function wrongContentType(request: Request): RequestError {
  const got = request.get('content-type') ?? 'no content type';
  const expected = 'multipart/form-data with a file "image", or application/json with an "id"';
  return new RequestError('wrong-content-type', `Expected ${expected}; got ${got}.`);
}
