/** An audit as one HTML file to look at, to send to others and to print. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LongWork } from '../../progress.ts';
import { seededRandom, shuffled } from '../../random.ts';
import type { Embeddings, ReportedImage, Sides } from '../../report/judged.ts';
import { pairSimilarities, similarityFigures } from '../../report/pair-similarities.ts';
import { imagesOf, type Retrieval } from '../../report/retrieval-list.ts';
import { makeThumbnails } from '../../report/thumbnails.ts';
import { worstQueries } from '../worst-queries.ts';
import { auditPage, type SetPage } from './audit-page.ts';
import type { ReportedAudit, ReportedSet } from './set-report.ts';

/** Whatever is drawn by chance for a report is drawn from this, so that the same audit gives the same report. */
const SEED = 1;
const WORST = 12;
const LEAKS = 12;
/** Images of which the similarities are shown: as many tell what all would. */
const MOST_COMPARED = 2000;
/** Up to twice the size at which they are shown, for screens of double density. */
const THUMBNAIL = { size: 168, fillsUpTo: 1.8 };

/** Writes the report to `path`, whole or not at all. Images that cannot be read any more are left out of it. Throws `interrupted`. */
export async function writeAuditReport(
  path: string,
  audit: ReportedAudit,
  work: LongWork = {},
): Promise<void> {
  const pages: SetPage[] = [];
  for (const set of audit.sets) pages.push(await setPage(set, work));
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  await writeFile(draft, auditPage(audit, pages));
  await rename(draft, path);
}

async function setPage(set: ReportedSet, work: LongWork): Promise<SetPage> {
  const { images, worst } = worstRetrievals(set);
  const leaks = (set.report.leaks?.leaks ?? []).slice(0, LEAKS);
  const leaked = leaks.flatMap(({ test, training }) => [test, training]);
  const compared = comparedImages(set);
  const pairs = pairSimilarities(compared, compared, SEED);
  const similarity = similarityFigures(pairs);
  return {
    set,
    worst,
    images,
    thumbnails: await makeThumbnails(images, imagesOf(worst), THUMBNAIL, work),
    leaks,
    leakThumbnails: await makeThumbnails(leaked, [...leaked.keys()], THUMBNAIL, work),
    similarity: { pairs, ...(similarity && { similarity }) },
  };
}

/** The queries that fail worst, and all images that are shown with them. */
function worstRetrievals({ audited }: ReportedSet): { images: ReportedImage[]; worst: Retrieval[] } {
  const images: ReportedImage[] = [];
  const place = (path: string, label: string) => images.push({ path, label }) - 1;
  const worst = worstQueries(audited, WORST).map(({ path, label, firstMatch, neighbours }) => ({
    query: place(path, label),
    neighbours: neighbours.map((one) => ({ ...one, image: place(one.path, one.label) })),
    ...(firstMatch !== undefined && { firstHit: firstMatch }),
  }));
  return { images, worst };
}

/** Some queries, and some references where there are any, drawn by chance, with their vectors. */
function comparedImages({ audited: { sides } }: ReportedSet): Sides & Embeddings {
  const { dim, queries, references } = sides;
  const draw = (count: number, name: string) =>
    shuffled(
      Array.from({ length: count }, (_, i) => i),
      seededRandom(SEED, 'compared', name),
    ).slice(0, MOST_COMPARED);
  const parts = [
    { side: queries, rows: draw(queries.images.length, 'queries') },
    ...(references ? [{ side: references, rows: draw(references.images.length, 'references') }] : []),
  ];
  const images = parts.flatMap(({ side, rows }) => rows.map((row) => side.images[row] as ReportedImage));
  const vectors = new Float32Array(images.length * dim);
  let at = 0;
  for (const { side, rows } of parts)
    for (const row of rows) vectors.set(side.vectors.subarray(row * dim, (row + 1) * dim), at++ * dim);
  const first = (parts[0] as (typeof parts)[number]).rows.length;
  const positions = [...images.keys()];
  return {
    images,
    vectors,
    dim,
    queries: positions.slice(0, first),
    ...(references && { references: positions.slice(first) }),
  };
}
