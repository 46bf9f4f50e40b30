/** What the routes work with: the galleries and models of a server, its limits and its log. */
import type { Logger } from 'pino';
import type { AccessRules } from './access/exposure.ts';
import type { Galleries } from './galleries/galleries.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { AdmissionLimits } from './limits/admission.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Models } from './models/models.ts';

export type Limits = {
  /** Largest image file taken, in bytes. */
  maxImageBytes: number;
  /** Show SVG files of galleries; models that embed them are opened so. */
  allowSvg: boolean;
  /** Most images in one bulk upload. */
  maxUploads: number;
  /** Most bytes of images in one bulk upload. */
  maxUploadBytes: number;
  /** Most bytes of a batch of queries or embeddings, images as base64 included. */
  maxBatchBytes: number;
  /** Most queries in one batch, and most images in one request for embeddings. */
  maxBatch: number;
  /** How long a request may take from its arrival to its answer. */
  timeoutMs: number;
  /** Requests a minute for each key, and for each address of those without one; 0: no limit. */
  ratePerMinute: number;
  /** What the server takes on at once. */
  admission: AdmissionLimits;
};

export const DEFAULT_LIMITS: Limits = {
  maxImageBytes: 20 * 1024 * 1024,
  allowSvg: false,
  maxUploads: 256,
  maxUploadBytes: 128 * 1024 * 1024,
  maxBatchBytes: 32 * 1024 * 1024,
  maxBatch: 64,
  timeoutMs: 60_000,
  ratePerMinute: 0,
  admission: { requests: 512, bytes: 512 * 1024 * 1024 },
};

export type Parts = {
  galleries: Galleries;
  models: Models;
  /** Who may do what. */
  access: AccessRules;
  limits: Limits;
  metrics: Metrics;
  jobs: Jobs;
  log: Logger;
  /** Aborted when the server begins to shut down: it is then no longer ready. */
  closing: AbortSignal;
};
