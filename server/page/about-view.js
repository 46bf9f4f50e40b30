// @ts-check
/** What stands around every search: the gallery's title at the top; model, gallery and credits at the foot. */
import { byId, element } from './element.js';
import { counted } from './words.js';

/** @param {import('./api.js').About} about */
export function showAbout({ title, notes, credits, model, gallery }) {
  const images = counted(gallery.size, 'image', 'images');
  document.title = `${title} · Sinter`;
  byId('gallery-name').textContent = title;
  byId('lead').textContent = `Show an image, and see its nearest neighbours among ${images}.`;
  byId('facts').textContent =
    `Model ${model.name}, ${model.dim} dimensions · Gallery ${gallery.name}, ${images}`;
  byId('notes').textContent = notes;
  byId('notes').hidden = notes === null;
  byId('credits').hidden = credits.length === 0;
  byId('credit-list').replaceChildren(...credits.map(creditOf));
}

/** @param {import('./api.js').Credit} credit */
function creditOf({ name, author, licence, licenceUrl, url }) {
  const work = outwardLink(url, {}, name);
  const terms = outwardLink(licenceUrl, { class: 'licence' }, licence);
  return element('li', {}, work, element('span', {}, ` by ${author}`), terms);
}

/**
 * Only the web is linked to: an address of another kind could be a script.
 * @param {string | undefined} url
 * @param {Record<string, string>} attributes
 * @param {string} text
 */
function outwardLink(url, attributes, text) {
  if (!url || !/^https?:\/\//.test(url)) return element('span', attributes, text);
  return element('a', { ...attributes, href: url, rel: 'noreferrer', target: '_blank' }, text);
}
