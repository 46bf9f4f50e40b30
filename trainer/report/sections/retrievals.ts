/** Queries with their nearest neighbours, as a search would show them. */
import { type Html, html } from '../../../retrieval/report/html.ts';
import { type Retrieval, retrievalList } from '../../../retrieval/report/retrieval-list.ts';
import type { Thumbnails } from '../../../retrieval/report/thumbnails.ts';
import type { ProtocolFigures } from '../protocol-figures.ts';

export function retrievals({ judged, retrievals }: ProtocolFigures, thumbnails: Thumbnails): Html {
  const list = (title: string, note: string, some: readonly Retrieval[]) =>
    some.length > 0 &&
    html`<h4>${title}</h4><p class="intro">${note}</p>${retrievalList(some, judged.images, thumbnails)}`;
  return html`<h3>Retrievals</h3>
${list('Found', 'Queries drawn by chance among those whose nearest neighbour is of their class.', retrievals.hits)}
${list('Missed by most', 'Queries whose own class comes latest.', retrievals.misses)}`;
}
