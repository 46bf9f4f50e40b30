/** Which classes the model finds and which it does not, and which it takes for each other. */

import type { ClassRecall, Confusion } from '../metrics/class-figures.ts';
import { breakable } from './breakable.ts';
import { type Html, html } from './html.ts';
import { count, percent } from './words.ts';

const SHOWN = 10;

export type ClassTables = {
  /** From the best down. */
  classes: readonly ClassRecall[];
  /** From the most often down. */
  confusions: readonly Confusion[];
};

export function classTables({ classes: all, confusions }: ClassTables): Html {
  const isShort = all.length <= 2 * SHOWN;
  const tables = isShort
    ? recallTable('All classes', all)
    : html`${recallTable('Best', all.slice(0, SHOWN))}${recallTable('Worst', all.slice(-SHOWN).reverse())}`;
  return html`<h3>Classes</h3>
<p class="intro">Recall@1 of each of ${count(all.length, 'class', 'classes')}: how many of its images have an image of their own class as nearest neighbour.</p>
<div class="tables">${tables}${confusions.length > 0 && confusionTable(confusions.slice(0, SHOWN))}</div>`;
}

function recallTable(caption: string, classes: readonly ClassRecall[]): Html {
  const rows = classes.map(({ label, hits, queries }) => {
    const share = percent(hits / queries);
    return html`<tr><th scope="row">${breakable(label)}</th><td class="bar"><span style="width: ${share}"></span></td><td>${share}</td><td class="of">${hits} of ${queries}</td></tr>`;
  });
  return html`<table class="recalls"><caption>${caption}</caption>
<thead><tr><th scope="col">Class</th><td class="bar"></td><th scope="col">Recall@1</th><th scope="col">Found</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function confusionTable(confusions: readonly Confusion[]): Html {
  const rows = confusions.map(
    ({ labels: [one, other], times, queries }) =>
      html`<tr><th scope="row">${breakable(one)} <span>and</span> ${breakable(other)}</th><td>${times}</td><td class="of">of ${queries}</td></tr>`,
  );
  return html`<table class="confusions"><caption>Most often taken for each other</caption>
<thead><tr><th scope="col">Classes</th><th scope="col">Times</th><th scope="col">Images</th></tr></thead><tbody>${rows}</tbody></table>`;
}
