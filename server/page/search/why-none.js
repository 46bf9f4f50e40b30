// @ts-check
/** A word why a search or a view shows nothing, and the way out of it. */
import { h } from 'preact';
import { countItems } from '../api/galleries.js';
import { conditionInWords } from '../filter/conditions.js';
import { choose, chosenConditions } from '../filter/filter-bar.js';
import { useLoaded } from '../state/loaded.js';
import { galleryName, hrefHere, setParams } from '../state/route.js';
import { counted, similarityInWords } from '../words.js';

/** @param {{ nearest?: number | undefined, size: number }} props `nearest`: the highest similarity there is, before the threshold */
export function WhyNone({ nearest, size }) {
  const conditions = chosenConditions();
  if (nearest !== undefined) return h(TooStrict, { nearest });
  if (size === 0)
    return h(
      Message,
      { text: 'The gallery is empty.' },
      h('a', { class: 'button', href: hrefHere('add') }, 'Add images'),
    );
  if (conditions.length > 0) return h(NonePass, { conditions });
  return h(Message, { text: 'The gallery has no other image to compare with.' });
}

/** @param {{ nearest: number }} props */
function TooStrict({ nearest }) {
  const lowered = Math.floor(nearest * 100) / 100;
  return h(
    Message,
    { text: `No image is as similar as you ask for: the nearest has ${similarityInWords(nearest)}.` },
    h(
      'button',
      { type: 'button', class: 'button', onClick: () => setParams({ min: lowered }) },
      `Lower it to ${similarityInWords(lowered).slice(0, -1)}`,
    ),
    h(
      'button',
      { type: 'button', class: 'button plain', onClick: () => setParams({ min: null }) },
      'Show all',
    ),
  );
}

/** Says of every condition how many images meet it by itself. @param {{ conditions: import('../filter/conditions.js').Filter[] }} props */
function NonePass({ conditions }) {
  const gallery = galleryName.value;
  const counts = useLoaded(
    (signal) => Promise.all(conditions.map((filter) => countItems(gallery, filter, signal))),
    [gallery, conditions],
  );
  const rows = conditions.map((condition, i) =>
    h(
      'li',
      { key: i },
      h('span', null, conditionInWords(condition)),
      h('span', { class: 'count' }, metBy(counts.value?.[i])),
    ),
  );
  return h(
    Message,
    {
      text: conditions.length > 1 ? 'No image meets all of these together:' : 'No image meets this:',
      list: rows,
    },
    h('button', { type: 'button', class: 'button', onClick: () => choose([]) }, 'Clear the filter'),
  );
}

/** @param {number | undefined} count */
const metBy = (count) =>
  count === undefined ? '' : count === 0 ? 'no image' : counted(count, 'image', 'images');

/** @param {{ text: string, list?: import('preact').ComponentChildren, children?: import('preact').ComponentChildren }} props */
function Message({ text, list, children }) {
  return h(
    'div',
    { class: 'none', role: 'status' },
    h('p', null, text),
    list && h('ul', null, list),
    h('div', { class: 'actions' }, children),
  );
}
