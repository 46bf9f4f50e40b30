/** How compact classes are and how far apart, in the trained embedding and in the frozen one beside it. */
import { type Html, html } from '../html.ts';
import type { SimilarityFigures } from '../pair-similarities.ts';
import type { EmbeddingFigures, ProtocolFigures } from '../protocol-figures.ts';
import { similarityChart, similarityRange } from '../similarity-chart.ts';
import { decimal, percent } from '../words.ts';

export function similarity({ trained, untrained }: ProtocolFigures): Html {
  if (!trained.similarity)
    return html`<h3>Similarity</h3><p>There are no pairs to compare: it takes two classes, and two images of one.</p>`;
  const range = similarityRange(untrained ? [trained.pairs, untrained.pairs] : [trained.pairs]);
  return html`<h3>Similarity</h3>
<p class="intro">Pairs of images by the cosine of their embeddings. The less the two hills overlap, the better classes are told apart.</p>
<ul class="key"><li><span class="swatch" style="background: var(--ember)"></span>pairs within a class</li><li><span class="swatch" style="background: var(--ash)"></span>pairs between classes</li></ul>
<div class="charts">
<figure><figcaption><strong>Trained</strong></figcaption>${similarityChart(trained, range, 'trained')}</figure>
${untrained && html`<figure><figcaption><strong>Frozen backbone</strong></figcaption>${similarityChart(untrained, range, 'frozen backbone')}</figure>`}
</div>
${figureTable(trained, untrained)}`;
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

function figureTable(trained: EmbeddingFigures, untrained: EmbeddingFigures | undefined): Html {
  const rows = ROWS.map(({ name, meaning, figure, format }) => {
    const cell = ({ similarity }: EmbeddingFigures) =>
      html`<td>${similarity ? format(similarity[figure]) : '–'}</td>`;
    return html`<tr><th scope="row">${name} <span>${meaning}</span></th>${cell(trained)}${untrained && cell(untrained)}</tr>`;
  });
  return html`<table class="figures"><caption>In figures</caption>
<thead><tr><th scope="col">Figure</th><th scope="col">Trained</th>${untrained && html`<th scope="col">Frozen</th>`}</tr></thead><tbody>${rows}</tbody></table>`;
}
