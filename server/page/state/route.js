// @ts-check
/**
 * Where the page is: a gallery, a view of it and the view's settings, all in the address, so that Back, bookmarks and new tabs
 * work. The way to a search (its trail) and the place on the page travel in the browser's history.
 */
import { computed, signal } from '@preact/signals';

/**
 * A query as trails show it.
 * @typedef {{ href: string, name: string, picture: string | null }} Step
 * @typedef {{ trail?: Step[], scroll?: number }} Memory what the history keeps with a place
 * @typedef {{ gallery: string | null, view: string, part: string | null, params: URLSearchParams, memory: Memory, href: string }} Route
 */

export const FIRST_VIEW = 'search';

/** @returns {Route} */
function readRoute() {
  const [, gallery, view, part] = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  return {
    gallery: gallery ?? null,
    view: view ?? FIRST_VIEW,
    part: part ?? null,
    params: new URLSearchParams(location.search),
    memory: history.state ?? {},
    href: location.pathname + location.search,
  };
}

export const route = signal(readRoute());

/** The name of the gallery in the address; '' before there is one. */
export const galleryName = computed(() => route.value.gallery ?? '');

/**
 * @param {string} gallery
 * @param {string} view
 * @param {Record<string, string | number | null | undefined>} [params] empty ones are left out
 * @param {string} [part]
 */
export function hrefTo(gallery, view, params = {}, part) {
  const given = Object.entries(params).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const path = ['g', gallery, view, ...(part ? [part] : [])].map(encodeURIComponent).join('/');
  return `/${path}${query ? `?${query}` : ''}`;
}

/** A link to a view of the gallery that is shown. @type {(view: string, params?: Parameters<typeof hrefTo>[2], part?: string) => string} */
export const hrefHere = (view, params, part) => hrefTo(galleryName.value, view, params, part);

/** @param {string} href @param {Memory} [memory] */
export function goTo(href, memory = {}) {
  history.pushState(memory, '', href);
  route.value = readRoute();
  scrollTo(0, 0);
}

/** Another setting of the same view: no new step of the history. @param {Record<string, string | number | null>} changes */
export function setParams(changes) {
  const params = new URLSearchParams(route.value.params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') params.delete(name);
    else params.set(name, String(value));
  }
  const query = params.toString();
  replaceWith(`${location.pathname}${query ? `?${query}` : ''}`);
}

/** @param {string} href */
export function replaceWith(href) {
  history.replaceState(history.state, '', href);
  route.value = readRoute();
}

/** Follows the browser's history and links within the page; call it once. */
export function followHistory() {
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => {
    route.value = readRoute();
  });
  addEventListener('scrollend', () => {
    history.replaceState({ ...history.state, scroll: Math.round(scrollY) }, '');
  });
  document.addEventListener('click', followLink);
}

/** Links within the page, unless the user asks for another tab or window. @param {MouseEvent} event */
function followLink(event) {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (!link.pathname.startsWith('/g/')) return;
  event.preventDefault();
  goTo(link.pathname + link.search);
}
