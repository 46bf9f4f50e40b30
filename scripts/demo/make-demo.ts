/**
 * The demo from nothing to an audited gallery: drawings of emoji, a model trained on half of them, the other half indexed.
 * What is there already is not made again, so that it goes on wherever it was stopped.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readDataSet } from '../../retrieval/dataset/read-data-set.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { indexImages } from '../../retrieval/gallery/index-folder.ts';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import { type RecallReport, recallAtK } from '../../retrieval/metrics/recall.ts';
import { CARD_FILE } from '../../retrieval/model/bundle-format.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { type TrainModel, trainModel } from '../../trainer/train-model.ts';
import { openParts, type Parts } from '../open-parts.ts';
import type { LongTask } from '../terminal/long-task.ts';
import { count } from '../terminal/print-answer.ts';
import { type Journal, readJournal, writeJournal } from './journal.ts';
import { type EmojiData, prepareEmoji } from './prepare-emoji.ts';

export type DemoPlan = {
  /** Folder of `models` and `index-data`. */
  home: string;
  training: Pick<TrainModel, 'backbone' | 'recipe'>;
};

/** The gallery is open; whoever takes the demo closes its parts. */
export type Demo = { emoji: EmojiData; parts: Parts; report: RecallReport };

export const GALLERY = 'emoji';
export const STAGES = 5;
const KS = [1, 2, 4, 8];

/** Makes what is missing. Throws `conflict` where `models/emoji` is not the demo's, and `interrupted`. */
export async function makeDemo({ home, training }: DemoPlan, { work, say, warn }: LongTask): Promise<Demo> {
  const indexData = join(home, 'index-data');
  const place = { model: join(home, 'models', 'emoji'), journal: join(home, 'models', 'emoji-demo.json') };
  say(`1/${STAGES} Drawings of emoji`);
  const emoji = await prepareEmoji(join(indexData, 'demo'), work);
  say(
    `   ${count(emoji.images)} drawings of ${count(emoji.classes)} emoji from ${emoji.credits.length} sets`,
  );

  say(`2/${STAGES} Training on one half of the emoji`);
  const plan = { data: emoji.trainManifest, out: place.model, ...training, warn };
  const journal = await claimModel(place, await fingerprint(emoji, training), join(indexData, GALLERY));
  if (existsSync(join(place.model, CARD_FILE))) say('   is done');
  else await trainModel(plan, work);

  say(`3/${STAGES} Indexing the other half, which the model has never seen`);
  const parts = await openParts({ gallery: GALLERY, indexData, model: place.model, create: true, warn });
  try {
    const unseen = await readDataSet(emoji.testManifest);
    await indexImages(parts.gallery, parts.model, unseen, {}, work);

    say(`4/${STAGES} Auditing: each unseen drawing is searched among all the others`);
    const report = await auditOnce(parts.gallery, journal, work);
    await writeJournal(place.journal, { ...journal, audit: { modelId: parts.model.id, report } });
    return { emoji, parts, report };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/**
 * Makes sure that a model in its place is the one of this training: one of another is removed with its gallery.
 * The journal goes first, so that a model beside it is known for what it is even after a crash.
 */
async function claimModel(
  place: { model: string; journal: string },
  training: string,
  gallery: string,
): Promise<Journal> {
  const journal = await readJournal(place.journal);
  if (journal?.training === training) return journal;
  if (!journal && existsSync(place.model)) {
    const advice = 'Move it away, or give the demo a folder of its own with --home';
    throw new SinterError('conflict', `${place.model} is there already and not the demo's. ${advice}.`);
  }
  await rm(place.model, { recursive: true, force: true });
  await rm(gallery, { recursive: true, force: true });
  await writeJournal(place.journal, { training });
  return { training };
}

/** Audits the gallery as it is, by the vectors that searches use. */
async function auditOnce(gallery: Gallery, { audit }: Journal, work: LongWork): Promise<RecallReport> {
  if (audit?.modelId === gallery.model.id && audit.report.queries === gallery.size()) return audit.report;
  const { dim } = gallery.model;
  const queries = new Float32Array(gallery.size() * dim);
  const queryLabels: string[] = [];
  for (const { id, label } of gallery.items())
    queries.set(gallery.vector(id) as Float32Array, queryLabels.push(label ?? id) * dim - dim);
  return recallAtK({ queries, queryLabels, dim, ks: KS }, work);
}

async function fingerprint(emoji: EmojiData, training: DemoPlan['training']): Promise<string> {
  const manifest = await readFile(emoji.trainManifest);
  return createHash('sha256').update(JSON.stringify(training)).update(manifest).digest('hex');
}
