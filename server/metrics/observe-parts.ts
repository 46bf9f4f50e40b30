/** Lets the galleries, models and requests of a server tell its metrics how they do. */
import type { RequestHandler } from 'express';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import { decoders } from '../../retrieval/image/decoders.ts';
import { ownCore } from '../../retrieval/threads/own-core.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { requestInfo } from '../http/request-log.ts';
import type { Models } from '../models/models.ts';
import { addGauge, type Metrics } from './metrics.ts';

/** As nginx calls it: there was nobody left to answer. */
const CLIENT_LEFT = 499;

type Parts = { galleries: Galleries; models: Models; metrics: Metrics };

/** To be called once for each server. */
export function observeParts({ galleries, models, metrics }: Parts): void {
  models.observe(({ card }, { timings, batchSize }) => {
    metrics.noteStage('decode', timings.decodeMs);
    metrics.noteStage('queue', timings.queueMs);
    metrics.noteStage('embed', timings.embedMs);
    metrics.noteBatch(card.name, batchSize);
  });
  const loads = async () =>
    (await models.opened()).map((model) => ({ name: model.card.name, load: model.load() }));
  addGauge(
    metrics,
    { name: 'sinter_embed_waiting_images', help: 'Images that wait to be embedded', labels: ['model'] },
    async () => (await loads()).map(({ name, load }) => ({ labels: { model: name }, value: load.waiting })),
  );
  addGauge(
    metrics,
    { name: 'sinter_embed_running_images', help: 'Images that are being embedded', labels: ['model'] },
    async () => (await loads()).map(({ name, load }) => ({ labels: { model: name }, value: load.running })),
  );
  addGauge(
    metrics,
    { name: 'sinter_decoder_processes', help: 'Processes that decode images', labels: [] },
    async () => [{ labels: {}, value: decoders.status().processes }],
  );
  addGauge(
    metrics,
    {
      name: 'sinter_decoder_crashes',
      help: 'How often a process that decodes has ended while it had an image',
      labels: [],
    },
    async () => [{ labels: {}, value: decoders.status().crashes }],
  );
  addGauge(
    metrics,
    { name: 'sinter_own_core', help: 'Whether a session has a core of its own now: 1 or 0', labels: [] },
    async () => [{ labels: {}, value: ownCore.isGiven ? 1 : 0 }],
  );
  addGauge(
    metrics,
    { name: 'sinter_gallery_items', help: 'Items of a gallery that is open', labels: ['gallery'] },
    async () =>
      (await galleries.opened()).map(({ gallery }) => ({
        labels: { gallery: gallery.name },
        value: gallery.size(),
      })),
  );
  addGauge(
    metrics,
    {
      name: 'sinter_gallery_recall',
      help: 'Share of the nearest items that the index finds, by the latest check of a sample',
      labels: ['gallery'],
    },
    async () => (await galleries.opened()).flatMap(({ gallery }) => recallOf(gallery)),
  );
  addGauge(
    metrics,
    {
      name: 'sinter_jobs',
      help: 'Jobs of a gallery that wait or run',
      labels: ['gallery', 'state'],
    },
    async () => (await galleries.opened()).flatMap(({ gallery }) => unfinishedJobs(gallery)),
  );
}

/** None before the first check. */
function recallOf(gallery: Gallery) {
  const checked = gallery.recall();
  return checked ? [{ labels: { gallery: gallery.name }, value: checked.recall }] : [];
}

function unfinishedJobs({ name, jobs }: Gallery) {
  const unfinished = jobs.list({ states: ['queued', 'running'] });
  return (['queued', 'running'] as const).map((state) => ({
    labels: { gallery: name, state },
    value: unfinished.filter((job) => job.state === state).length,
  }));
}

/** Counts and times every request under the pattern of its route. */
export function measureRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    response.once('close', () => {
      const { route = 'none' } = response.locals as { route?: string };
      const status = response.writableFinished ? response.statusCode : CLIENT_LEFT;
      const ms = performance.now() - requestInfo(response).startedAt;
      metrics.noteRequest({ route, method: request.method, status, ms });
    });
    next();
  };
}

/** Says which route a request has found; what finds none is a file of the page, or nothing. */
export function nameRoute(path: string): RequestHandler {
  return (_request, response, next) => {
    response.locals.route = path;
    next();
  };
}
