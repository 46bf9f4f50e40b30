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
import { count } from '../../retrieval/report/words.ts';
import { trainModel } from '../../trainer/train-model.ts';
import type { TrainingJob } from '../../trainer/training-run.ts';
import { openParts, type Parts } from '../open-parts.ts';
import type { LongTask } from '../terminal/long-task.ts';
import { type Journal, readJournal, writeJournal } from './journal.ts';
import { type EmojiData, prepareEmoji } from './prepare-emoji.ts';

export type DemoPlan = {
  /** Folder of `models` and `index-data`. */
  home: string;
  training: Pick<TrainingJob, 'backbone' | 'recipe'>;
};

/** The gallery is open; whoever takes the demo closes its parts. */
export type Demo = { emoji: EmojiData; parts: Parts; report: RecallReport };

const GALLERY = 'emoji';
const KS = [1, 2, 4, 8];

const STAGES = [
  'Drawings of emoji',
  'Training on one half of the emoji',
  'Indexing the other half, which the model has never seen',
  'Auditing: each unseen drawing is searched among all the others',
  'Serving',
] as const;

/** Says which stage begins, 1 to 5; serving is the last, and up to the caller. */
export function announce(stage: 1 | 2 | 3 | 4 | 5, say: LongTask['say']): void {
  say(`${stage}/${STAGES.length} ${STAGES[stage - 1]}`);
}

/** Makes what is missing. Throws `conflict` where a model or gallery `emoji` is not the demo's, and `interrupted`. */
export async function makeDemo(plan: DemoPlan, task: LongTask): Promise<Demo> {
  const place = placesIn(plan.home);
  announce(1, task.say);
  const emoji = await prepareEmoji(place.drawings, task.work);
  const { images, classes, credits } = emoji;
  task.say(`    ${count(images, 'drawing')} of ${count(classes)} emoji from ${credits.length} sets`);
  announce(2, task.say);
  const journal = await trainOnce(emoji, plan.training, place, task);
  announce(3, task.say);
  const parts = await openParts({ ...place, gallery: GALLERY, create: true, warn: task.warn });
  try {
    await indexImages(parts.gallery, parts.model, await readDataSet(emoji.testManifest), {}, task.work);
    announce(4, task.say);
    const report = await auditOnce(parts.gallery, journal, task.work);
    await writeJournal(place.journal, { ...journal, audit: { modelId: parts.model.id, report } });
    return { emoji, parts, report };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

type Places = ReturnType<typeof placesIn>;

function placesIn(home: string) {
  const [models, indexData] = [join(home, 'models'), join(home, 'index-data')];
  const drawings = join(indexData, 'demo');
  return { drawings, indexData, model: join(models, 'emoji'), journal: join(models, 'emoji-demo.json') };
}

async function trainOnce(
  emoji: EmojiData,
  training: DemoPlan['training'],
  place: Places,
  { work, say, warn }: LongTask,
): Promise<Journal> {
  const journal = await claimModel(place, await fingerprint(emoji, training));
  if (existsSync(join(place.model, CARD_FILE))) say('    is done');
  else await trainModel({ data: emoji.trainManifest, out: place.model, ...training, warn }, work);
  return journal;
}

/**
 * Makes sure that a model in its place is the one of this training: one of another is removed with its gallery.
 * The journal is written before training begins, so that a model beside it is known for what it is even after a crash.
 */
async function claimModel(place: Places, training: string): Promise<Journal> {
  const journal = await readJournal(place.journal);
  if (journal?.training === training) return journal;
  for (const folder of [place.model, join(place.indexData, GALLERY)]) {
    if (!journal && existsSync(folder)) throw notOurs(folder);
    await rm(folder, { recursive: true, force: true });
  }
  await writeJournal(place.journal, { training });
  return { training };
}

function notOurs(folder: string): SinterError {
  const advice = 'Move it away, or give the demo a folder of its own with --home';
  return new SinterError('conflict', `${folder} is there already and not the demo's. ${advice}.`);
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
