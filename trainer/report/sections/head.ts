/** The head of a report: what was trained, what it is worth, what to beware of. */
import { type Html, html } from '../../../retrieval/report/html.ts';
import { brand, warningBox } from '../../../retrieval/report/report-document.ts';
import { percent, points } from '../../../retrieval/report/words.ts';
import type { ProtocolFigures } from '../protocol-figures.ts';
import { CLASSES } from '../protocol-words.ts';
import type { RunReport } from '../run-report.ts';

export function head(
  { title, sentences, warnings, facts }: RunReport,
  protocols: readonly ProtocolFigures[],
): Html {
  return html`<header>
${brand('Report of a training run')}
<h1>${title}</h1>
${sentences.length > 0 && html`<div class="verdict">${sentences.map((sentence) => html`<p>${sentence}</p>`)}</div>`}
${warningBox(warnings)}
${protocols.length > 0 && html`<dl class="tiles">${protocols.map(tile)}</dl>`}
${facts.length > 0 && factTable(facts)}
</header>`;
}

function tile({ judged, trained, untrained }: ProtocolFigures): Html {
  const against = untrained && trained.recallAt1 - untrained.recallAt1;
  return html`<div><dt>${CLASSES[judged.protocol]}, recall@1</dt>
<dd><strong>${percent(trained.recallAt1)}</strong>${
    untrained &&
    against !== undefined &&
    html`<span class="${against > 0 ? 'good' : 'bad'}">${points(against)}</span> <span>frozen backbone ${percent(untrained.recallAt1)}</span>`
  }</dd></div>`;
}

function factTable(facts: RunReport['facts']): Html {
  const rows = facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  return html`<table class="facts"><caption>Recipe and data</caption><tbody>${rows}</tbody></table>`;
}
