// @ts-check
/** Near duplicates: each group side by side, with what to keep. Nothing is removed before it is asked for. */

import { signal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { listDuplicates } from '../api/clusters.js';
import { mayAdminister, mayWrite } from '../api/session.js';
import { Problem } from '../frame/problem.js';
import { askToRemove } from '../frame/selection-bar.js';
import { WorkButton, WorkFirst } from '../frame/work-first.js';
import { Picture } from '../grid/picture.js';
import { usePages } from '../state/pages.js';
import { galleryName, hrefHere } from '../state/route.js';
import { bytesInWords, counted, similarityInWords } from '../words.js';

/** @typedef {import('../api/clusters.js').Group} Group */

const PAGE = 30;
const PICTURE_PX = 240;

export function DuplicatesView() {
  const gallery = galleryName.value;
  const pages = usePages(
    async (cursor, signal) => {
      const { groups, next, search, total } = await listDuplicates(
        gallery,
        { offset: Number(cursor ?? 0), limit: PAGE },
        signal,
      );
      return { items: groups, next, first: { searched: search !== null, total } };
    },
    ['duplicates', gallery],
  );
  if (pages.error) return h(Problem, { error: pages.error, onRetry: pages.again });
  if (!pages.first) return null;
  if (!pages.first.searched)
    return h(WorkFirst, {
      ...NONE_YET,
      work: searchWork('Look for duplicates'),
      options: h(LikenessChoice, null),
    });
  const { total } = pages.first;
  return h(
    'section',
    { class: 'duplicates', 'aria-labelledby': 'duplicates-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'duplicates-title' }, 'Duplicates'),
      h(
        'p',
        { class: 'status', role: 'status' },
        total === 0 ? 'No two images are that alike' : counted(total, 'group of copies', 'groups of copies'),
      ),
      h(
        'div',
        { class: 'head-actions' },
        h(LikenessChoice, null),
        h(WorkButton, { work: searchWork('Look again'), plain: true }),
      ),
    ),
    h(
      'ul',
      { class: 'groups' },
      pages.items.map((group) => h(GroupOfCopies, { key: group.group, group })),
    ),
    !pages.done && h(More, { onMore: () => pages.need(0, pages.items.length) }),
  );
}

const NONE_YET = {
  title: 'Nobody has looked for duplicates yet',
  text: 'Copies of an image that were resized, cropped, recompressed or named differently, side by side, with a choice of what to keep.',
  command: 'sinter cluster --duplicates --gallery NAME',
};

/** How alike two images must be. */
const threshold = signal('0.95');

/** @param {string} action @returns {import('../frame/work-first.js').Work} */
const searchWork = (action) => ({
  kind: 'duplicates',
  action,
  params: { threshold: Number(threshold.value) },
});

function LikenessChoice() {
  if (!mayAdminister.value) return null;
  const number = {
    type: 'number',
    class: 'method-count',
    min: 0.5,
    max: 1,
    step: 0.01,
    value: threshold.value,
    onInput: (/** @type {InputEvent} */ event) => {
      threshold.value = /** @type {HTMLInputElement} */ (event.currentTarget).value;
    },
  };
  return h('label', { class: 'check' }, 'Similarity at least', h('input', number));
}

/** The largest file is kept unless the user says otherwise. @param {{ group: Group }} props */
function GroupOfCopies({ group: { items, cohesion } }) {
  const [kept, setKept] = useState(() => new Set(items.slice(0, 1).map(({ id }) => id)));
  const others = items.filter(({ id }) => !kept.has(id));
  const toggle = (/** @type {string} */ id) => {
    const next = new Set(kept);
    if (!next.delete(id)) next.add(id);
    setKept(next);
  };
  return h(
    'li',
    { class: 'group' },
    h(
      'ul',
      { class: 'copies' },
      items.map((item) =>
        h(Copy, { key: item.id, item, isKept: kept.has(item.id), onToggle: () => toggle(item.id) }),
      ),
    ),
    h(
      'div',
      { class: 'group-foot' },
      h('span', { class: 'soft' }, `at least ${similarityInWords(cohesion)} alike`),
      mayWrite.value &&
        h(
          'button',
          {
            type: 'button',
            class: 'button small plain',
            disabled: others.length === 0 || kept.size === 0,
            onClick: () => askToRemove(others.map(({ id }) => id)),
          },
          kept.size === 0 ? 'Keep at least one' : `Remove ${counted(others.length, 'image', 'images')}`,
        ),
    ),
  );
}

/** @param {{ item: import('../api/items.js').Item, isKept: boolean, onToggle: () => void }} props */
function Copy({ item, isKept, onToggle }) {
  const { id, label, imageUrl, sizeBytes = 0 } = item;
  return h(
    'li',
    { class: isKept ? 'copy kept' : 'copy' },
    h(
      'a',
      { href: hrefHere('search', { id }), 'aria-label': `Search with ${id}` },
      h(Picture, { imageUrl, px: PICTURE_PX, whole: true }),
    ),
    h('p', { class: 'copy-id', title: id }, id),
    h('p', { class: 'fine' }, `${bytesInWords(sizeBytes)}${label === null ? '' : ` · ${label}`}`),
    mayWrite.value &&
      h(
        'label',
        { class: 'check' },
        h('input', { type: 'checkbox', checked: isKept, onChange: onToggle }),
        isKept ? 'Keep' : 'Remove',
      ),
  );
}

/** Loads more once it comes into sight. @param {{ onMore: () => void }} props */
function More({ onMore }) {
  const box = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), {
      rootMargin: '600px',
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  });
  return h('button', { ref: box, type: 'button', class: 'button plain', onClick: onMore }, 'Show more');
}
