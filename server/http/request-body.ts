/**
 * Reads the body of a request as its route declares it: JSON, or a form whose files stand beside the fields under their
 * names. Knows nothing of what the values mean: schemas check them afterwards.
 */
import express, { type Request, type Response } from 'express';
import multer, { MulterError } from 'multer';
import type { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import { RequestError } from './error-table.ts';
import { collectFiles } from './uploaded-files.ts';

export type FormRule = {
  /** The one field that files come in. */
  file: string;
  /** Largest file, in bytes. */
  maxFileBytes: number;
  /** Most files; with more than one the value of the field is a list of `UploadedFile`. Default 1, whose value is the bytes. */
  maxFiles?: number;
  /** Most bytes of all files together; default what `maxFiles` files of the largest size have. */
  maxBytes?: number;
};

/** What a route takes: always JSON, unless `form.only`; and a form where there is a rule for it. */
export type BodyRule<B extends z.ZodType = z.ZodType> = {
  schema: B;
  /** Largest JSON body, in bytes; default 64 KiB. 0: no JSON at all. */
  maxJsonBytes?: number;
  form?: FormRule;
};

const DEFAULT_MAX_JSON_BYTES = 64 * 1024;
const MAX_FIELDS = 32;
const MAX_FIELD_BYTES = 1024 * 1024;

type Middleware = (request: Request, response: Response, next: (error?: unknown) => void) => void;
type BodyReader = (request: Request, response: Response) => Promise<unknown>;

/** Makes the reader of a route's bodies. It throws `bad-input`, `too-large` and `wrong-content-type`. */
export function bodyReader({ maxJsonBytes = DEFAULT_MAX_JSON_BYTES, form }: BodyRule): BodyReader {
  const readJson = express.json({ limit: maxJsonBytes });
  const readForm = form && formReader(form);
  return async (request, response) => {
    if (readForm && request.is('multipart/form-data')) return readForm(request, response);
    if (maxJsonBytes === 0 || !request.is('application/json'))
      throw wrongContentType(request, form, maxJsonBytes);
    await run(readJson, request, response).catch((error) => Promise.reject(jsonError(error, maxJsonBytes)));
    return request.body;
  };
}

function formReader(form: FormRule): BodyReader {
  const { file, maxFileBytes, maxFiles = 1 } = form;
  const limits = { fileSize: maxFileBytes, files: maxFiles, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES };
  const storage = collectFiles(form.maxBytes ?? maxFileBytes * maxFiles);
  const upload = multer({ storage, preservePath: true, limits: { ...limits, fieldNestingDepth: 0 } });
  const middleware: Middleware = maxFiles === 1 ? upload.single(file) : upload.array(file, maxFiles);
  return async (request, response) => {
    await run(middleware, request, response).catch((error) => Promise.reject(formError(error, form)));
    const files = maxFiles === 1 ? request.file?.buffer : uploadedFiles(request);
    return { ...request.body, ...(files && { [file]: files }) };
  };
}

/** A file of a form: the name that it had where it came from, and its bytes. */
export type UploadedFile = { name: string; bytes: Uint8Array };

/** Browsers and curl send names in UTF-8, which multer takes for Latin-1. */
function uploadedFiles(request: Request): UploadedFile[] | undefined {
  const files = request.files as Express.Multer.File[] | undefined;
  if (!files?.length) return undefined;
  return files.map(({ originalname, buffer }) => ({
    name: Buffer.from(originalname, 'latin1').toString('utf8'),
    bytes: buffer,
  }));
}

function run(middleware: Middleware, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    middleware(request, response, (error) => (error ? reject(error) : resolve()));
  });
}

function jsonError(error: unknown, maxJsonBytes: number): unknown {
  if ((error as { status?: number }).status !== 413) return error;
  const message = `Expected a JSON body of at most ${kibibytes(maxJsonBytes)}, got more.`;
  return new RequestError('too-large', message, { cause: error });
}

function formError(error: unknown, { file, maxFileBytes, maxFiles = 1 }: FormRule): unknown {
  if (error instanceof RequestError) return error;
  if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') {
    const message = `Expected an image of at most ${kibibytes(maxFileBytes)}, got more.`;
    return new RequestError('too-large', message, { cause: error });
  }
  const { message } = error as Error;
  const field = error instanceof MulterError && error.field ? ` "${error.field}"` : '';
  const files = maxFiles === 1 ? 'one file' : `at most ${maxFiles} files`;
  const expected = `Expected a form with ${files} in the field "${file}"`;
  return new SinterError('bad-input', `${expected}, got: ${message}${field}.`, { cause: error });
}

function wrongContentType(request: Request, form: FormRule | undefined, maxJsonBytes: number): RequestError {
  const got = request.get('content-type') ?? 'no content type';
  const kinds = [
    ...(maxJsonBytes > 0 ? ['application/json'] : []),
    ...(form ? [`multipart/form-data with a file in the field "${form.file}"`] : []),
  ];
  return new RequestError('wrong-content-type', `Expected ${kinds.join(', or ')}; got ${got}.`);
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)} KiB`;
}
