// @ts-check
/** How clusters are found: so many of them, as many as fit best, or only where images lie dense. */

import { signal } from '@preact/signals';
import { h } from 'preact';
import { mayAdminister } from '../api/session.js';

const method = signal(/** @type {'k-means' | 'density'} */ ('k-means'));

/** How many; empty where the server is to choose. */
const count = signal('');

/** @param {string} action @returns {import('../frame/work-first.js').Work} */
export function clusterWork(action) {
  const k = method.value === 'k-means' && count.value !== '' ? { k: Number(count.value) } : {};
  return { kind: 'cluster', action, params: { method: method.value, ...k } };
}

export function MethodChoice() {
  if (!mayAdminister.value) return null;
  const select = {
    class: 'method',
    'aria-label': 'How clusters are found',
    value: method.value,
    onChange: (/** @type {Event} */ event) => {
      const { value } = /** @type {HTMLSelectElement} */ (event.currentTarget);
      method.value = value === 'density' ? 'density' : 'k-means';
    },
  };
  const number = {
    type: 'number',
    class: 'method-count',
    min: 1,
    placeholder: 'best fit',
    'aria-label': 'How many clusters',
    value: count.value,
    onInput: (/** @type {InputEvent} */ event) => {
      count.value = /** @type {HTMLInputElement} */ (event.currentTarget).value;
    },
  };
  return [
    h(
      'select',
      select,
      h('option', { value: 'k-means' }, 'Every image in a cluster'),
      h('option', { value: 'density' }, 'Only where images lie dense'),
    ),
    method.value === 'k-means' && h('input', number),
  ];
}
