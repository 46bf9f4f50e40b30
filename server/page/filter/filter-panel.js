// @ts-check
/** The panel of the filter: labels to choose among, and what the metadata has: few values as boxes, numbers as a range. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { fields, labels } from '../state/gallery.js';
import { figure, readable, valueInWords } from '../words.js';
import { chosenRange, chosenValues, conditionOfValues, fieldName, withField } from './conditions.js';

/**
 * @typedef {import('./conditions.js').Filter} Filter
 * @typedef {import('./conditions.js').Scalar} Scalar
 * @typedef {{ conditions: Filter[], onChoose: (conditions: Filter[]) => void }} Props
 */

/** Longer lists show their first, and are searched by typing. */
const MOST_SHOWN = 60;

/** @param {Props} props */
export function FilterPanel(props) {
  const labelValues = labels.value.map(({ label, count }) => ({ value: label, count }));
  return h(
    'div',
    { class: 'filter-panel', role: 'dialog', 'aria-label': 'Filter' },
    h(Values, { ...props, field: 'label', name: 'Label', values: labelValues, autofocus: true }),
    fields.value.map((field) =>
      field.kind === 'number' && field.distinct > field.values.length
        ? h(NumberRange, { key: field.field, ...props, field })
        : h(Values, {
            key: field.field,
            ...props,
            field: field.field,
            name: fieldName(field.field),
            values: field.values,
            isCut: field.distinct > field.values.length,
          }),
    ),
  );
}

/**
 * @param {Props & {
 *   field: string, name: string, values: { value: Scalar | null, count?: number }[], isCut?: boolean, autofocus?: boolean,
 * }} props `isCut`: there are more values than these, which must be typed
 */
function Values({ conditions, onChoose, field, name, values, isCut = false, autofocus = false }) {
  const [text, setText] = useState('');
  const chosen = chosenValues(conditions, field);
  const wanted = text.trim().toLowerCase();
  const isListed = (/** @type {Scalar | null} */ value) => values.some((each) => each.value === value);
  const others = chosen.filter((value) => !isListed(value));
  const typed =
    isCut && wanted !== '' && ![...others, ...values.map(({ value }) => value)].includes(text.trim());
  const listed = [...others.map((value) => ({ value, count: undefined })), ...values];
  const fitting = [
    ...listed.filter(({ value }) => wordsOf(value).toLowerCase().includes(wanted)),
    ...(typed ? [{ value: text.trim(), count: undefined }] : []),
  ];
  const toggle = (/** @type {Scalar | null} */ value) => {
    const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
    onChoose(withField(conditions, field, conditionOfValues(field, next)));
  };
  const search = {
    type: 'search',
    placeholder: `Find a ${name.toLowerCase()}`,
    'aria-label': `Find a ${name.toLowerCase()}`,
    value: text,
    ref: autofocus ? focusOnce : undefined,
    onInput: (/** @type {InputEvent} */ event) =>
      setText(/** @type {HTMLInputElement} */ (event.currentTarget).value),
  };
  return h(
    'fieldset',
    null,
    h('legend', null, name),
    (values.length > 8 || isCut) && h('input', search),
    h(
      'div',
      { class: 'values' },
      fitting
        .slice(0, MOST_SHOWN)
        .map(({ value, count }) =>
          h(
            'label',
            { key: String(value), class: 'check' },
            h('input', { type: 'checkbox', checked: chosen.includes(value), onChange: () => toggle(value) }),
            h('span', { class: value === null ? 'soft' : '' }, wordsOf(value)),
            count !== undefined && h('span', { class: 'count' }, figure(count)),
          ),
        ),
      isCut && wanted === '' && h('p', { class: 'fine' }, 'and others: type one'),
      fitting.length > MOST_SHOWN &&
        h('p', { class: 'fine' }, `and ${figure(fitting.length - MOST_SHOWN)} more: type to find them`),
      fitting.length === 0 && h('p', { class: 'fine' }, 'None like that'),
    ),
  );
}

/** @param {Props & { field: import('../api/galleries.js').Field }} props */
function NumberRange({ conditions, onChoose, field: { field, range } }) {
  const chosen = chosenRange(conditions, field);
  const bound = (
    /** @type {'gte' | 'lte'} */ side,
    /** @type {string} */ name,
    /** @type {unknown} */ hint,
  ) =>
    h('input', {
      type: 'number',
      step: 'any',
      'aria-label': `${fieldName(field)} ${name}`,
      placeholder: String(hint),
      value: chosen[side] ?? '',
      onChange: (event) => {
        const value = event.currentTarget.value;
        const next = { ...chosen, [side]: value === '' ? undefined : Number(value) };
        const given = next.gte !== undefined || next.lte !== undefined;
        onChoose(withField(conditions, field, given ? { field, range: next } : undefined));
      },
    });
  return h(
    'fieldset',
    null,
    h('legend', null, fieldName(field)),
    h(
      'div',
      { class: 'bounds' },
      bound('gte', 'at least', range?.min),
      h('span', null, 'to'),
      bound('lte', 'at most', range?.max),
    ),
  );
}

const wordsOf = (/** @type {Scalar | null} */ value) =>
  value === null ? 'without one' : typeof value === 'string' ? readable(value) : valueInWords(value);

const focusOnce = (/** @type {HTMLInputElement | null} */ input) => input?.focus();
