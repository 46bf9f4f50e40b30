/** Queries with their nearest neighbours, as a search would show them. */
import { breakable } from '../breakable.ts';
import { type Html, html } from '../html.ts';
import type { ProtocolFigures } from '../protocol-figures.ts';
import type { ReportedImage } from '../run-report.ts';
import type { Retrieval } from '../sample-retrievals.ts';
import type { Thumbnails } from '../thumbnails.ts';
import { decimal } from '../words.ts';

export function retrievals({ judged, retrievals }: ProtocolFigures, thumbnails: Thumbnails): Html {
  const list = (title: string, note: string, some: readonly Retrieval[]) =>
    some.length > 0 &&
    html`<h4>${title}</h4><p class="intro">${note}</p><ol class="retrievals">${some.map((one) => row(one, judged.images, thumbnails))}</ol>`;
  return html`<h3>Retrievals</h3>
${list('Found', 'Queries drawn by chance among those whose nearest neighbour is of their class.', retrievals.hits)}
${list('Missed by most', 'Queries whose own class comes latest.', retrievals.misses)}`;
}

function row(
  { query, neighbours, firstHit }: Retrieval,
  images: readonly ReportedImage[],
  thumbnails: Thumbnails,
): Html {
  const place =
    firstHit !== undefined &&
    firstHit > 1 &&
    html`<span class="place">own class at place ${firstHit.toLocaleString('en')}</span>`;
  const found = neighbours.map(
    ({
      image,
      similarity,
      isHit,
    }) => html`<li class="${isHit ? 'hit' : 'miss'}">${thumbnail(images[image], thumbnails.get(image))}
<span class="sign" role="img" aria-label="${isHit ? 'same class' : 'another class'}">${isHit ? '✓' : '✕'}</span><span class="similarity">${decimal(similarity, 3)}</span><span class="label" title="${images[image].label}">${breakable(images[image].label)}</span></li>`,
  );
  return html`<li><div class="query">${thumbnail(images[query], thumbnails.get(query))}<p><span class="over">Query</span><span class="label" title="${images[query].label}">${breakable(images[query].label)}</span>${place}</p></div><ol class="neighbours">${found}</ol></li>`;
}

function thumbnail({ label, path }: ReportedImage, source: string | undefined): Html {
  if (source === undefined) return html`<span class="picture none">no picture</span>`;
  return html`<img class="picture" src="${source}" alt="${label}" title="${path}" width="112" height="112">`;
}
