/** The report of an audit as one page: what a model is worth, where it fails, and what else was asked for. */
import { classRecalls, confusions } from '../../metrics/class-figures.ts';
import { classTables } from '../../report/class-tables.ts';
import { type Html, html } from '../../report/html.ts';
import type { ReportedImage } from '../../report/judged.ts';
import type { JudgedPairs } from '../../report/pair-similarities.ts';
import { brand, reportDocument, warningBox } from '../../report/report-document.ts';
import { type Retrieval, retrievalList } from '../../report/retrieval-list.ts';
import { similaritySection } from '../../report/similarity-section.ts';
import type { Thumbnails } from '../../report/thumbnails.ts';
import { count, percent } from '../../report/words.ts';
import { labelsOf } from '../embed-sides.ts';
import type { Leak } from '../find-leaks.ts';
import { confusionMatrix } from './confusion-matrix.ts';
import { comparisonTables, figureSection, gateList } from './figure-section.ts';
import { leakSection } from './leak-section.ts';
import type { ReportedAudit, ReportedSet } from './set-report.ts';
import { ablationTable, indexTable } from './smaller-section.ts';

/** A set with the pictures that go with it. */
export type SetPage = {
  set: ReportedSet;
  /** Queries that fail worst, with positions in `images`. */
  worst: Retrieval[];
  images: ReportedImage[];
  thumbnails: Thumbnails;
  leaks: readonly Leak[];
  /** The image of the test and that of training of each leak, one after the other. */
  leakThumbnails: Thumbnails;
  similarity: JudgedPairs;
};

/** The figures that stand at the top, as far as there are. */
const TILES = ['recall@1', 'map@r', 'nmi'];

/** The whole document. */
export function auditPage({ model, sets }: ReportedAudit, pages: readonly SetPage[]): string {
  const body = html`<header>
${brand('Report of an audit')}
<h1>${model.name}</h1>
<div class="verdict">${sets.map((set) => html`<p>${about(set)}</p>`)}</div>
${warningBox(warnings(sets))}
${sets.map((set) => tiles(set, sets.length > 1))}
</header>
<nav aria-label="Sections"><ul>${pages.map((page, i) => html`<li><a href="#set-${i + 1}">${nameOf(page.set)}</a></li>`)}</ul></nav>
<main>
${pages.map((page, i) => setSection(page, i + 1, model.name))}
</main>`;
  return reportDocument(`${model.name}, audited`, body);
}

function setSection(page: SetPage, number: number, model: string): Html {
  const { set, worst, images, thumbnails, similarity } = page;
  const { report } = set;
  const answers = answersOf(set);
  return html`<section id="set-${number}" aria-labelledby="set-${number}-title"><h2 id="set-${number}-title">${nameOf(set)}</h2>
<p class="intro">${about(set)}</p>
${gateList(report.gates)}
${figureSection(set, model)}
${comparisonTables(report.comparisons)}
${similaritySection([{ name: model, ...similarity }])}
${classTables({ classes: classRecalls(answers), confusions: confusions(answers) })}
${confusionMatrix(answers)}
${worst.length > 0 && html`<h3>Worst queries</h3><p class="intro">Queries whose own class comes latest, and among these those that are most alike to another.</p>${retrievalList(worst, images, thumbnails)}`}
${report.leaks && leakSection(report.leaks, page.leaks, page.leakThumbnails)}
${report.index && indexTable(report.index)}
${report.ablations && ablationTable(report.ablations, report.recall[1])}
</section>`;
}

function nameOf({ report: { benchmark, data } }: ReportedSet): string {
  return benchmark ?? data;
}

function about({ report: { protocol, queries, references, classes } }: ReportedSet): string {
  const asked = `${count(queries, protocol === 'open' ? 'image' : 'query', protocol === 'open' ? 'images' : 'queries')} of ${count(classes, 'class', 'classes')}`;
  return protocol === 'open'
    ? `${asked}, each searched among all the others.`
    : `${asked}, each searched among ${count(references, 'reference')}.`;
}

function warnings(sets: readonly ReportedSet[]): string[] {
  return sets.flatMap(({ report }) => [
    ...report.gates
      .filter(({ passed }) => !passed)
      .map(({ gate, reason }) => `The gate ${gate} is not kept: ${reason}.`),
    ...(report.leaks && report.leaks.leaks.length > 0
      ? [
          `${count(report.leaks.leaks.length, 'image')} of the test ${report.leaks.leaks.length === 1 ? 'was' : 'were'} trained on.`,
        ]
      : []),
    ...(report.queriesWithoutMatch > 0
      ? [
          `${count(report.queriesWithoutMatch, 'query', 'queries')} can match nothing: misses for recall and precision.`,
        ]
      : []),
    ...(report.skipped.length > 0
      ? [`${count(report.skipped.length, 'image')} could not be decoded and took no part.`]
      : []),
  ]);
}

function tiles(set: ReportedSet, named: boolean): Html {
  const shown = TILES.flatMap((name) => {
    const figure = set.report.figures[name];
    return figure ? [{ name, figure }] : [];
  });
  return html`<dl class="tiles">${shown.map(
    ({ name, figure: { value, low, high } }) =>
      html`<div><dt>${named && html`${nameOf(set)}, `}${name}</dt><dd><strong>${percent(value)}</strong><span>${percent(low)} to ${percent(high)}</span></dd></div>`,
  )}</dl>`;
}

/** The class of every query and that of its nearest neighbour. */
function answersOf({ audited: { sides, neighbours } }: ReportedSet) {
  const references = labelsOf(sides.references ?? sides.queries);
  const asked = labelsOf(sides.queries);
  const answered = asked.map((_, query) => references[neighbours.of(query)[0]?.index ?? -1] ?? '');
  return { asked, answered };
}
