/** A run as one HTML file to look at, to send to others and to print. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LongWork } from '../../retrieval/progress.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { imagesOf } from '../../retrieval/report/retrieval-list.ts';
import { makeThumbnails } from '../../retrieval/report/thumbnails.ts';
import { placeMap } from './map-picture.ts';
import { type ProtocolPage, page } from './page.ts';
import { protocolFigures } from './protocol-figures.ts';
import type { Judged, RunReport } from './run-report.ts';

/** Whatever is drawn by chance for a report is drawn from this, so that the same run gives the same report. */
const SEED = 1;

/** Up to twice the size at which they are shown, for screens of double density. */
const MAP_THUMBNAIL = { size: 60, fillsUpTo: Number.POSITIVE_INFINITY };
const RETRIEVED_THUMBNAIL = { size: 168, fillsUpTo: 1.8 };

/**
 * Writes the report to `path`, whole or not at all; a few megabytes. Images that cannot be read any more are left out of it.
 * Throws `interrupted`, and the file system's errors.
 */
export async function writeReport(path: string, report: RunReport, work: LongWork = {}): Promise<void> {
  const protocols: ProtocolPage[] = [];
  for (const judged of report.judged) protocols.push(await protocolPage(judged, work));
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  await writeFile(draft, page(report, protocols));
  await rename(draft, path);
}

async function protocolPage(judged: Judged, work: LongWork): Promise<ProtocolPage> {
  const figures = await protocolFigures(judged, SEED, work);
  const { hits, misses } = figures.retrievals;
  const retrieved = imagesOf([...hits, ...misses]);
  const thumbnails = await makeThumbnails(judged.images, retrieved, RETRIEVED_THUMBNAIL, work);
  if (!figures.map) return { figures, thumbnails };
  const { images } = figures.map;
  const placed = placeMap(figures.map, seededRandom(SEED, 'map', 'thumbnails'));
  const shown = [...placed.shown].map((i) => images[i]);
  return {
    figures,
    thumbnails,
    map: { placed, thumbnails: await makeThumbnails(judged.images, shown, MAP_THUMBNAIL, work) },
  };
}
