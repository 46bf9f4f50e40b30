// @ts-check
/** How large tiles are, and whether they show their metadata. */
import { h } from 'preact';
import { showsDetails, tilePx } from '../state/settings.js';

export function ViewOptions() {
  return h(
    'div',
    { class: 'view-options' },
    h(
      'label',
      { class: 'check' },
      h('input', {
        type: 'checkbox',
        checked: showsDetails.value,
        onChange: (event) => {
          showsDetails.value = event.currentTarget.checked;
        },
      }),
      'Metadata',
    ),
    h('input', {
      type: 'range',
      min: 80,
      max: 320,
      step: 10,
      value: tilePx.value,
      'aria-label': 'Size of the images',
      title: 'Size of the images',
      onInput: (event) => {
        tilePx.value = Number(event.currentTarget.value);
      },
    }),
  );
}
