/** From errors to HTTP answers: one table of codes and statuses, one handler. Knows nothing of where errors come from. */
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type ErrorCode, QueueFull } from '../../retrieval/errors.ts';
import { requestInfo } from './request-log.ts';

/** The codes of errors that only a request can have, beside those of the project. */
type RequestErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'precondition-failed'
  | 'too-large'
  | 'wrong-content-type'
  | 'rate-limited'
  | 'not-ready'
  | 'timeout';

type AnswerCode = ErrorCode | RequestErrorCode | 'internal';

const STATUS: Record<AnswerCode, number> = {
  'bad-input': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'wrong-model': 409,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'not-an-image': 415,
  'wrong-content-type': 415,
  'bad-image': 422,
  'queue-full': 429,
  'rate-limited': 429,
  'bad-model': 500,
  'no-device': 500,
  'bad-data': 500,
  'bad-gallery': 500,
  unsupported: 500,
  internal: 500,
  interrupted: 503,
  'not-ready': 503,
  timeout: 503,
};

export const errorAnswer = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(STATUS) as [AnswerCode, ...AnswerCode[]]),
      message: z.string().describe('What was expected, what came and what to do next'),
      requestId: z.string().describe('As in the header X-Request-Id and in the log'),
    }),
  })
  .meta({ id: 'Error' });

/** The table in Markdown. */
export function errorTable(): string {
  const rows = Object.entries(STATUS).map(([code, status]) => `| ${status} | \`${code}\` |`);
  return ['An error.', '', '| status | code |', '|---|---|', ...rows].join('\n');
}

/** An error of the request itself, such as a body that is too large; the message is for whoever sent it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;
  constructor(code: RequestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Answers any error as `{error: {code, message, requestId}}`; what happened inside the server goes to the log alone. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (response.writableEnded) return; // its time was over, and it was told so
    if (hasNoListener(response)) return void response.destroy();
    const answer = viewError(error, requestInfo(response).requestId, log);
    const { code } = answer.error;
    if (code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="sinter"');
    if (error instanceof QueueFull)
      response.setHeader('Retry-After', Math.max(1, Math.ceil(error.waitMs / 1000)));
    response.status(STATUS[code]).json(answer);
  };
}

/** An error as an answer, or as a part of one that is otherwise good; tells the log of what happened inside the server. */
export function viewError(error: unknown, requestId: string, log: Logger): z.infer<typeof errorAnswer> {
  const { code, message } = describe(error);
  if (STATUS[code] === 500) log.error({ requestId, err: error }, 'a request failed');
  return { error: { code, message, requestId } };
}

/** An answer that has begun cannot become another one, and one whose client left has nobody to read it. */
function hasNoListener(response: Response): boolean {
  return response.headersSent || response.destroyed;
}

function describe(error: unknown): { code: AnswerCode; message: string } {
  const { code, status, message } = error as { code?: unknown; status?: unknown; message?: string };
  if (isAnswerCode(code)) return { code, message: STATUS[code] === 500 ? INTERNAL : (message ?? code) };
  if (status === 413) return { code: 'too-large', message: 'The body of the request is too large.' };
  if (status === 415) return { code: 'wrong-content-type', message: message ?? 'Unknown content type.' };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { code: 'bad-input', message: `The request cannot be read: ${message}.` };
  }
  return { code: 'internal', message: INTERNAL };
}

const INTERNAL = 'The server failed at this request. Its log says why, under the request id.';

function isAnswerCode(code: unknown): code is AnswerCode {
  return typeof code === 'string' && Object.hasOwn(STATUS, code);
}
