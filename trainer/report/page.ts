/** The report of a run as one page. */

import { classTables } from '../../retrieval/report/class-tables.ts';
import { type Html, html } from '../../retrieval/report/html.ts';
import { reportDocument } from '../../retrieval/report/report-document.ts';
import { type NamedPairs, similaritySection } from '../../retrieval/report/similarity-section.ts';
import type { Thumbnails } from '../../retrieval/report/thumbnails.ts';
import { count } from '../../retrieval/report/words.ts';
import type { PlacedMap } from './map-picture.ts';
import type { ProtocolFigures } from './protocol-figures.ts';
import { CLASSES } from './protocol-words.ts';
import type { RunReport } from './run-report.ts';
import { epochs } from './sections/epochs.ts';
import { head } from './sections/head.ts';
import { map } from './sections/map.ts';
import { retrievals } from './sections/retrievals.ts';

/** The figures of a protocol and the pictures that go with them. */
export type ProtocolPage = {
  figures: ProtocolFigures;
  thumbnails: Thumbnails;
  map?: { placed: PlacedMap; thumbnails: Thumbnails };
};

/** The whole document. */
export function page(report: RunReport, protocols: readonly ProtocolPage[]): string {
  const figures = protocols.map((protocol) => protocol.figures);
  const training = epochs(report, figures);
  const body = html`${head(report, figures)}
<nav aria-label="Sections"><ul>${training && html`<li><a href="#training">Training</a></li>`}${figures.map(({ judged: { protocol } }) => html`<li><a href="#${protocol}">${CLASSES[protocol]}</a></li>`)}</ul></nav>
<main>
${training}
${protocols.map(protocolSection)}
</main>`;
  return reportDocument(report.title, body);
}

function protocolSection({ figures, thumbnails, map: picture }: ProtocolPage): Html {
  const { protocol } = figures.judged;
  return html`<section id="${protocol}" aria-labelledby="${protocol}-title"><h2 id="${protocol}-title">${CLASSES[protocol]}</h2>
<p class="intro">${about(figures)}</p>
${similaritySection(embeddingsOf(figures))}
${picture && figures.map && map(figures, figures.map, picture.placed, picture.thumbnails)}
${classTables(figures)}
${retrievals(figures, thumbnails)}
</section>`;
}

function embeddingsOf({ trained, untrained }: ProtocolFigures): NamedPairs[] {
  return [{ name: 'Trained', ...trained }, ...(untrained ? [{ name: 'Frozen backbone', ...untrained }] : [])];
}

function about({ judged: { protocol, queries, references }, classes }: ProtocolFigures): string {
  const asked = `${count(queries.length, 'image')} of ${count(classes.length, 'class', 'classes')}`;
  const known = protocol === 'open' ? 'that training never saw' : 'that training knows, none of which it saw';
  const among = references ? `among ${count(references.length, 'image')}` : 'among all the others';
  return `${asked} ${known}, each searched ${among}.`;
}
