/** How compact classes are and how far apart, in one embedding and in others beside it. */
import { type Html, html } from './html.ts';
import type { JudgedPairs, SimilarityFigures } from './pair-similarities.ts';
import { similarityChart, similarityRange } from './similarity-chart.ts';
import { decimal, percent } from './words.ts';

/** An embedding by its name, such as `Trained`. */
export type NamedPairs = JudgedPairs & { name: string };

/** @param embeddings the first is the one that the section is about, others are compared with it. */
export function similaritySection(embeddings: readonly NamedPairs[]): Html {
  if (!embeddings[0]?.similarity)
    return html`<h3>Similarity</h3><p>There are no pairs to compare: it takes two classes, and two images of one.</p>`;
  const range = similarityRange(embeddings.map(({ pairs }) => pairs));
  return html`<h3>Similarity</h3>
<p class="intro">Pairs of images by the cosine of their embeddings. The less the two hills overlap, the better classes are told apart.</p>
<ul class="key"><li><span class="swatch" style="background: var(--ember)"></span>pairs within a class</li><li><span class="swatch" style="background: var(--ash)"></span>pairs between classes</li></ul>
<div class="charts">
${embeddings.map((one) => html`<figure><figcaption><strong>${one.name}</strong></figcaption>${similarityChart(one, range, one.name.toLowerCase())}</figure>`)}
</div>
${figureTable(embeddings)}`;
}

type Row = {
  name: string;
  meaning: string;
  figure: keyof SimilarityFigures;
  format: (value: number) => string;
};

const ROWS: readonly Row[] = [
  {
    name: 'Compactness',
    meaning: 'mean similarity within classes; higher is better',
    figure: 'compactness',
    format: (value) => decimal(value, 3),
  },
  {
    name: 'Spread',
    meaning: 'mean similarity between classes; lower is better',
    figure: 'spread',
    format: (value) => decimal(value, 3),
  },
  {
    name: 'Overlap',
    meaning: 'pairs between classes above the median within; lower is better',
    figure: 'overlap',
    format: percent,
  },
  {
    name: 'Separation',
    meaning: 'how often a pair within is more alike than one between (AUC); higher is better',
    figure: 'separation',
    format: percent,
  },
];

function figureTable(embeddings: readonly NamedPairs[]): Html {
  const rows = ROWS.map(({ name, meaning, figure, format }) => {
    const cells = embeddings.map(
      ({ similarity }) => html`<td>${similarity ? format(similarity[figure]) : '–'}</td>`,
    );
    return html`<tr><th scope="row">${name} <span>${meaning}</span></th>${cells}</tr>`;
  });
  return html`<table class="figures"><caption>In figures</caption>
<thead><tr><th scope="col">Figure</th>${embeddings.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}
