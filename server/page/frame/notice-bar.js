// @ts-check
/** The word about what was just done, with an offer to undo it where there is one. */
import { h } from 'preact';
import { hush, notice, tried } from '../state/notice.js';
import { Icon } from './icon.js';

export function NoticeBar() {
  const { text, offer } = notice.value ?? {};
  const onOffer = () => {
    hush();
    if (offer) tried(async () => offer.act());
  };
  return h(
    'div',
    { class: 'notice-bar', role: 'status', 'aria-live': 'polite' },
    text && [
      h('span', null, text),
      offer && h('button', { type: 'button', class: 'quiet-button', onClick: onOffer }, offer.name),
      h(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Hide this', onClick: hush },
        h(Icon, { name: 'close' }),
      ),
    ],
  );
}
