/** What the index finds of the truth, and what smaller embeddings would cost. */
import { type Html, html } from '../../report/html.ts';
import { count, percent, pointRange, points } from '../../report/words.ts';
import type { Ablation } from '../ablate.ts';
import type { IndexJudgement } from '../judge-index.ts';

export function indexTable({ k, queries, vectors, rows }: IndexJudgement): Html {
  const lines = rows.map(
    ({ efSearch, recall, msPerQuery }) =>
      html`<tr><th scope="row">${efSearch}</th><td>${(recall * 100).toFixed(2)}%</td><td>${msPerQuery.toFixed(2)} ms</td></tr>`,
  );
  return html`<h3>The index</h3>
<p class="intro">How many of the true ${k} nearest HNSW finds among ${count(vectors, 'vector')}, by the number of candidates that a search weighs (ef); ${count(queries, 'query', 'queries')}.</p>
<table class="figures"><thead><tr><th scope="col">ef</th><th scope="col">Found</th><th scope="col">A query</th></tr></thead><tbody>${lines}</tbody></table>`;
}

export function ablationTable(ablations: readonly Ablation[], whole: number | undefined): Html {
  const lines = ablations.map(
    ({ name, bytes, recallAt1, difference: { value, low, high, verdict } }) =>
      html`<tr><th scope="row">${name}</th><td>${percent(recallAt1)}</td><td class="${verdict === 'worse' ? 'bad' : ''}">${points(value)}</td><td class="of">${pointRange(low, high)}</td><td>${bytes.toLocaleString('en')} bytes</td></tr>`,
  );
  return html`<h3>Smaller embeddings</h3>
<p class="intro">Recall@1 with fewer dimensions and coarser numbers${whole !== undefined && html`, beside ${percent(whole)} of the whole embedding`}. Queries stay as they are where numbers get coarser.</p>
<div class="scrolled" tabindex="0" role="region" aria-label="Smaller embeddings"><table class="figures"><thead><tr><th scope="col">Embedding</th><th scope="col">Recall@1</th><th scope="col">Difference</th><th scope="col">95% interval</th><th scope="col">A vector</th></tr></thead><tbody>${lines}</tbody></table></div>`;
}
