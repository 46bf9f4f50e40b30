// @ts-check
/** The foot of the page: model and gallery by name, notes, and whose work the images are. */
import { h } from 'preact';
import { gallery } from '../state/gallery.js';
import { counted } from '../words.js';

export function Foot() {
  if (!gallery.value) return h('footer', { class: 'foot' });
  const { name, size, model, notes, credits } = gallery.value;
  const facts = `Model ${model.name}, ${model.dim} dimensions · Gallery ${name}, ${counted(size, 'image', 'images')}`;
  return h(
    'footer',
    { class: 'foot' },
    h('p', { class: 'facts' }, facts, ' · ', h('a', { href: '/docs', target: '_blank' }, 'API')),
    notes && h('p', null, notes),
    credits.length > 0 &&
      h(
        'details',
        { class: 'credits' },
        h('summary', null, 'Image credits'),
        h(
          'ul',
          null,
          credits.map((credit) => h(CreditOf, { credit })),
        ),
      ),
  );
}

/** @param {{ credit: import('../api/galleries.js').Credit }} props */
function CreditOf({ credit: { name, author, licence, licenceUrl, url } }) {
  return h(
    'li',
    null,
    h(Outward, { url, text: name }),
    h('span', null, ` by ${author}`),
    h(Outward, { url: licenceUrl, text: licence, licence: true }),
  );
}

/**
 * Only the web is linked to: an address of another kind could be a script.
 * @param {{ url: string | undefined, text: string, licence?: boolean }} props
 */
function Outward({ url, text, licence = false }) {
  const look = { class: licence ? 'licence' : '' };
  if (!url || !/^https?:\/\//.test(url)) return h('span', look, text);
  return h('a', { ...look, href: url, rel: 'noreferrer', target: '_blank' }, text);
}
