/** The named errors of the project: each has a stable `code` that the server maps to a status and scripts can test for. */

/**
 * - `bad-input`: a value, option or request that breaks its contract
 * - `bad-image`: bytes that are an image by name but cannot be decoded, or go beyond a limit
 * - `not-an-image`: bytes in no image format that is read
 * - `not-found`: a file, folder, gallery, item or model that is not there
 * - `bad-model`: a bundle or graph that is damaged, incomplete or computes something else than it promises
 * - `no-device`: a device that was asked for and cannot be used on this machine
 * - `wrong-model`: embeddings of one model asked of a gallery of another
 * - `bad-data`: a labelled data set that cannot be trained on or audited
 * - `bad-gallery`: a gallery whose files are damaged beyond rebuilding
 * - `conflict`: two writers, or two things under one name
 * - `unsupported`: a graph operator or attribute without an implementation here
 * - `queue-full`: more work waiting than the limit allows; try again later
 * - `interrupted`: stopped by the user; what was reported done is kept
 */
export type ErrorCode =
  | 'bad-input'
  | 'bad-image'
  | 'not-an-image'
  | 'not-found'
  | 'bad-model'
  | 'no-device'
  | 'wrong-model'
  | 'bad-data'
  | 'bad-gallery'
  | 'conflict'
  | 'unsupported'
  | 'queue-full'
  | 'interrupted';

/** An error whose message is for the user: what was expected, what came, where, and what to do next. */
export class SinterError extends Error {
  override readonly name = 'SinterError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** More work waits than the limit allows: what waits will be done in about `waitMs`. */
export class QueueFull extends SinterError {
  readonly waitMs: number;
  constructor(message: string, waitMs: number) {
    super('queue-full', message);
    this.waitMs = waitMs;
  }
}
