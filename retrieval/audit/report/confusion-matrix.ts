/** Which classes are taken for which, as a matrix of those that are confused most. */
import { type Answers, classRecalls, confusions } from '../../metrics/class-figures.ts';
import { breakable } from '../../report/breakable.ts';
import { type Html, html } from '../../report/html.ts';
import { percent } from '../../report/words.ts';

const MOST_CLASSES = 12;

/** Undefined where nothing is confused. */
export function confusionMatrix(answers: Answers): Html | undefined {
  const classes = mostConfused(answers);
  if (classes.length < 2) return undefined;
  const shares = sharesOf(answers, classes);
  const rows = classes.map((label, row) => {
    const cells = classes.map((other, column) => cell(shares[row]?.[column] ?? 0, label, other));
    return html`<tr><th scope="row"><span>${row + 1}</span> ${breakable(label)}</th>${cells}</tr>`;
  });
  return html`<h4>Who is taken for whom</h4>
<p class="intro">Of the queries of a row's class, the share whose nearest neighbour is of the column's class, in percent; the classes that are confused most.</p>
<div class="scrolled" tabindex="0" role="region" aria-label="Confusion of classes"><table class="matrix"><thead><tr><td></td>${classes.map((label, i) => html`<th scope="col" title="${label}">${i + 1}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function cell(share: number, label: string, other: string): Html {
  const kind = label === other ? 'own' : 'other';
  return html`<td class="${kind}" style="--share: ${share.toFixed(3)}" title="${label} → ${other}: ${percent(share)}">${share === 0 ? '' : Math.round(share * 100)}</td>`;
}

/** From the pairs that are taken for each other most often, in the order of their names. */
function mostConfused(answers: Answers): string[] {
  const classes = new Set<string>();
  for (const { labels } of confusions(answers)) {
    if (new Set([...classes, ...labels]).size > MOST_CLASSES) break;
    for (const label of labels) classes.add(label);
  }
  return [...classes].sort();
}

function sharesOf({ asked, answered }: Answers, classes: readonly string[]): number[][] {
  const sizes = new Map(classRecalls({ asked, answered }).map(({ label, queries }) => [label, queries]));
  const place = new Map(classes.map((label, i) => [label, i]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  asked.forEach((label, query) => {
    const [row, column] = [place.get(label), place.get(answered[query] as string)];
    if (row === undefined || column === undefined) return;
    const cells = counts[row] as number[];
    cells[column] = (cells[column] as number) + 1;
  });
  return counts.map((cells, row) => cells.map((times) => times / (sizes.get(classes[row] as string) ?? 1)));
}
