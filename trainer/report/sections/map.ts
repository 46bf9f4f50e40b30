/** The images laid out flat by their embeddings. */
import { type Html, html } from '../../../retrieval/report/html.ts';
import type { Thumbnails } from '../../../retrieval/report/thumbnails.ts';
import { count } from '../../../retrieval/report/words.ts';
import { mapPicture, type PlacedMap } from '../map-picture.ts';
import type { FlatMap, ProtocolFigures } from '../protocol-figures.ts';

export function map(
  { judged }: ProtocolFigures,
  flat: FlatMap,
  placed: PlacedMap,
  thumbnails: Thumbnails,
): Html {
  const labels = flat.images.map((image) => judged.images[image].label);
  const some =
    flat.images.length < judged.queries.length
      ? ` drawn by chance of ${judged.queries.length.toLocaleString('en')}`
      : '';
  return html`<h3>Map</h3>
<p class="intro">${count(flat.images.length, 'image')}${some}, laid out by UMAP so that neighbours stay neighbours. Colours are classes; how far apart far groups lie says nothing. Where pictures would cover each other, images are dots; pointing at one names its class.</p>
<figure class="wide" tabindex="0" role="region" aria-label="Map of embeddings">${mapPicture(flat, placed, labels, thumbnails)}</figure>`;
}
