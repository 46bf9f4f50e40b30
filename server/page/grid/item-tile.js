// @ts-check
/** An item as a tile: a link to its neighbours, a box to select it, and its label, similarity and metadata underneath. */
import { h } from 'preact';
import { mayWrite } from '../api/session.js';
import { tried } from '../state/notice.js';
import { hrefHere } from '../state/route.js';
import { pick, selection } from '../state/selection.js';
import { showsDetails } from '../state/settings.js';
import { fileName, nameOf, similarityInWords, valueInWords } from '../words.js';
import { Picture } from './picture.js';
import { TileGrid } from './tile-grid.js';

/**
 * @typedef {import('../api/items.js').Item} Item
 * @typedef {Item & Partial<import('../api/items.js').Hit>} AnyItem
 */

const LINE_PX = 18;
const CAPTION_PX = 16;

/**
 * The grid of items that every view shows.
 * @param {{
 *   label: string, items: (AnyItem | undefined)[], total?: number,
 *   onNeed?: ((first: number, last: number) => void) | undefined, fill?: import('../state/selection.js').Fill,
 *   onOpen?: (item: AnyItem) => void,
 * }} props `fill` loads what a range of selected items still lacks; `onOpen` takes the place of following the link
 */
export function ItemGrid({ label, items, total = items.length, onNeed, fill, onOpen }) {
  const onPick = (/** @type {number} */ index, /** @type {boolean} */ extend) =>
    tried(() => pick(items, index, extend, fill));
  const details = showsDetails.value && items.some((item) => item && detailsOf(item) !== '');
  const onKey = (/** @type {KeyboardEvent} */ event, /** @type {number} */ index) => {
    if (!mayWrite.value || !['x', ' '].includes(event.key.toLowerCase()) || event.ctrlKey || event.metaKey)
      return;
    event.preventDefault();
    onPick(index, event.shiftKey);
  };
  const tile = (/** @type {import('./tile-grid.js').Place} */ place) => {
    const item = items[place.index];
    return item && h(ItemTile, { item, details, onPick, onOpen, ...place });
  };
  const captionPx = CAPTION_PX + LINE_PX * (details ? 2 : 1);
  return h(TileGrid, { label, total, captionPx, keyAt: (index) => items[index]?.id, tile, onNeed, onKey });
}

/**
 * @param {{
 *   item: AnyItem, details: boolean, onPick: (index: number, extend: boolean) => void,
 *   onOpen?: ((item: AnyItem) => void) | undefined, index: number, active: boolean, tilePx: number,
 * }} props
 */
function ItemTile({ item, details, onPick, onOpen, index, active, tilePx }) {
  const isPicked = selection.value.has(item.id);
  const picking = selection.value.size > 0;
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (event.shiftKey && picking) {
      event.preventDefault();
      onPick(index, true);
    } else if (onOpen && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      onOpen(item);
    }
  };
  const href = hrefHere('search', { id: item.id });
  const link = {
    class: 'tile-link',
    href,
    title: item.id,
    tabIndex: active ? 0 : -1,
    draggable: false,
    onClick,
  };
  return h(
    'div',
    { class: `tile${isPicked ? ' picked' : ''}`, 'data-id': item.id },
    h(
      'a',
      link,
      h(Picture, { imageUrl: item.imageUrl, px: tilePx }),
      h(
        'span',
        { class: 'caption' },
        h(FirstLine, { item }),
        details && h('span', { class: 'details' }, detailsOf(item)),
      ),
    ),
    mayWrite.value && h(PickBox, { item, isPicked, onPick: (extend) => onPick(index, extend) }),
  );
}

/** @param {{ item: AnyItem }} props */
function FirstLine({ item }) {
  const { label, similarity, match } = item;
  const name = h('span', { class: label === null ? 'name unlabelled' : 'name' }, inParts(nameOf(item)));
  if (similarity === undefined) return name;
  const figure = h(
    'span',
    { class: 'similarity' },
    h('span', { class: 'unseen' }, ' similarity '),
    similarityInWords(similarity),
  );
  const verdict =
    match &&
    h('span', { class: `verdict ${match.replace(' ', '-')}` }, h('span', { class: 'unseen' }, match));
  return [name, verdict, figure];
}

/** Of a label such as fruit/apple/pink-lady the end says most: where it is too long, its beginning is cut off. @param {string} name */
function inParts(name) {
  const end = name.lastIndexOf('/') + 1;
  return end === 0
    ? name
    : [h('span', { class: 'stem' }, name.slice(0, end)), h('span', null, name.slice(end))];
}

/** @param {{ item: AnyItem, isPicked: boolean, onPick: (extend: boolean) => void }} props */
function PickBox({ item, isPicked, onPick }) {
  const onClick = (/** @type {MouseEvent} */ event) => onPick(event.shiftKey);
  return h('button', {
    type: 'button',
    role: 'checkbox',
    class: 'pick',
    'aria-checked': isPicked,
    'aria-label': `Select ${fileName(item.id)}`,
    tabIndex: -1,
    onClick,
  });
}

/** An item's metadata in one line, the label's own repetition left out. @param {AnyItem} item */
export function detailsOf({ metadata = {}, label }) {
  const values = Object.values(metadata).filter((value) => value !== null && value !== label && value !== '');
  return values.map(valueInWords).join(' · ');
}
