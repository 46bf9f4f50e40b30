/** The report as one page that needs nothing but itself: no script, no font, no file and no network, which its policy states. */
import { Html, html } from './html.ts';
import type { PlacedMap } from './map-picture.ts';
import { STYLE } from './page-style.ts';
import type { ProtocolFigures } from './protocol-figures.ts';
import type { RunReport } from './run-report.ts';
import { classes } from './sections/classes.ts';
import { epochs } from './sections/epochs.ts';
import { head } from './sections/head.ts';
import { map } from './sections/map.ts';
import { retrievals } from './sections/retrievals.ts';
import { similarity } from './sections/similarity.ts';
import type { Thumbnails } from './thumbnails.ts';
import { CLASSES, count } from './words.ts';

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
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${report.title} · Sinter report</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${head(report, figures)}
<nav aria-label="Sections"><ul>${training && html`<li><a href="#training">Training</a></li>`}${figures.map(({ judged: { protocol } }) => html`<li><a href="#${protocol}">${CLASSES[protocol]}</a></li>`)}</ul></nav>
<main>
${training}
${protocols.map(protocolSection)}
</main>
</body>
</html>
`.markup;
}

function protocolSection({ figures, thumbnails, map: picture }: ProtocolPage): Html {
  const { protocol } = figures.judged;
  return html`<section id="${protocol}" aria-labelledby="${protocol}-title"><h2 id="${protocol}-title">${CLASSES[protocol]}</h2>
<p class="intro">${about(figures)}</p>
${similarity(figures)}
${picture && figures.map && map(figures, figures.map, picture.placed, picture.thumbnails)}
${classes(figures)}
${retrievals(figures, thumbnails)}
</section>`;
}

function about({ judged: { protocol, queries, references }, classes }: ProtocolFigures): string {
  const asked = `${count(queries.length, 'image')} of ${count(classes.length, 'class', 'classes')}`;
  const known = protocol === 'open' ? 'that training never saw' : 'that training knows, none of which it saw';
  const among = references ? `among ${count(references.length, 'image')}` : 'among all the others';
  return `${asked} ${known}, each searched ${among}.`;
}
