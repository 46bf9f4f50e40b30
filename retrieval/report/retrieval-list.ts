/** Queries with their nearest neighbours, as a search would show them. */
import { breakable } from './breakable.ts';
import { type Html, html } from './html.ts';
import type { ReportedImage } from './judged.ts';
import type { Thumbnails } from './thumbnails.ts';
import { decimal } from './words.ts';

export type Retrieval = {
  /** Positions in the images, as are those of the neighbours. */
  query: number;
  /** Nearest first. */
  neighbours: { image: number; similarity: number; isHit: boolean }[];
  /** At which place the first image of the query's class comes, from 1; undefined where there is none. */
  firstHit?: number;
};

/** The positions of all images in it. */
export function imagesOf(retrievals: readonly Retrieval[]): number[] {
  return retrievals.flatMap(({ query, neighbours }) => [query, ...neighbours.map(({ image }) => image)]);
}

/** @param thumbnails by position in `images`. */
export function retrievalList(
  retrievals: readonly Retrieval[],
  images: readonly ReportedImage[],
  thumbnails: Thumbnails,
): Html {
  return html`<ol class="retrievals">${retrievals.map((one) => row(one, images, thumbnails))}</ol>`;
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
