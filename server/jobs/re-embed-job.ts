/**
 * The job `re-embed`: embeds a gallery with another model beside the one that searches use, then switches at once. The
 * embeddings before stay, so that the gallery can be switched back.
 */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import type { Gallery, Item, ItemId, NewEmbedding } from '../../retrieval/gallery/item.ts';
import { type EmbeddedFile, embedFiles, type SkippedFile } from '../../retrieval/model/embed-files.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { inBackground } from './background-model.ts';
import { type JobKind, jobKind } from './job-kind.ts';

const params = z.strictObject({
  model: z.string().min(1).describe('Name or id of the model to embed with'),
  activate: z.boolean().default(true).describe('Whether searches use the model once all is embedded'),
});

/** Items that are embedded before they are written, in one transaction. */
const BATCH = 64;
/** Items that an error names. */
const MOST_NAMED = 5;

type File = { path: string; item: Item };
type Result = EmbeddedFile<File> | SkippedFile<File>;
type Failed = { id: ItemId; reason: string };

export const reEmbedJob: JobKind = jobKind({
  name: 're-embed',
  summary: 'embed the items with another model while searches go on, then switch to it at once',
  params,
  check: async ({ model }, { models }) => {
    await models.find(model);
  },
  run: async ({ model: name, activate }, { served: { gallery }, models }, work) => {
    const bundle = await models.find(name);
    const model = await models.open(bundle);
    const { embedded, failed } = await embedMissing(gallery, model, bundle.folder, work);
    if (failed.length > 0) throw cannotEmbed(failed);
    if (activate) await gallery.activate(model.id);
    return { model: { id: model.id, name: model.card.name }, embedded, active: activate };
  },
});

/** Until none is missing but those that failed: items may be added while it works. */
async function embedMissing(gallery: Gallery, model: Model, folder: string, work: Required<LongWork>) {
  const ref = { id: model.id, dim: model.card.dim, folder, name: model.card.name };
  const failed = new Map<ItemId, Failed>();
  let embedded = 0;
  for (;;) {
    report(gallery, model, work);
    stopIfAborted(work.signal);
    const missing = gallery.missing(model.id, BATCH + failed.size).filter(({ id }) => !failed.has(id));
    const results = await embedItems(inBackground(model), missing, work.signal);
    for (const result of results) noteFailure(result, gallery, failed);
    embedded += await gallery.putEmbeddings(ref, results.flatMap(toEmbedding));
    if (missing.length === 0) return { embedded, failed: [...failed.values()] };
  }
}

async function embedItems(model: Model, items: Item[], signal: AbortSignal) {
  const files = items.map((item): File => ({ path: item.source, item }));
  const results: Result[] = [];
  for await (const result of embedFiles(model, files, { signal })) results.push(result);
  return results;
}

function toEmbedding(result: Result): NewEmbedding[] {
  if ('skipped' in result) return [];
  return [{ id: result.file.item.id, contentHash: result.contentHash, vector: result.vector }];
}

/** An item whose file has other content than the item would stay missing for ever, unless it changed just now. */
function noteFailure(result: Result, gallery: Gallery, failed: Map<ItemId, Failed>): void {
  const { id, contentHash } = result.file.item;
  if ('skipped' in result) failed.set(id, { id, reason: result.skipped });
  else if (result.contentHash !== contentHash && gallery.item(id)?.contentHash === contentHash)
    failed.set(id, { id, reason: 'Its file has changed since it was indexed.' });
}

function report(gallery: Gallery, model: Model, { onProgress }: Required<LongWork>): void {
  const done = gallery.models().find(({ id }) => id === model.id)?.embedded ?? 0;
  onProgress({ stage: 'embedding', done, total: gallery.size() });
}

function cannotEmbed(failed: Failed[]): SinterError {
  const named = failed.slice(0, MOST_NAMED).map(({ id, reason }) => `${id} (${reason})`);
  const advice = 'Remove these items or put their files back, and start the job again: the others are kept';
  const count = `${failed.length} ${failed.length === 1 ? 'item' : 'items'}`;
  return new SinterError('bad-image', `${count} could not be embedded: ${named.join('; ')}. ${advice}.`);
}
