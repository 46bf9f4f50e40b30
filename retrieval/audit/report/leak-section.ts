/** Images of the test that training has seen, side by side. */
import { type Html, html } from '../../report/html.ts';
import type { Thumbnails } from '../../report/thumbnails.ts';
import { count, decimal } from '../../report/words.ts';
import type { Leak, LeakReport } from '../find-leaks.ts';

/** @param shown the first of the leaks; their pictures are two each in `thumbnails`, test and training. */
export function leakSection(
  { tested, trained, threshold, leaks }: LeakReport,
  shown: readonly Leak[],
  thumbnails: Thumbnails,
): Html {
  const rule = `Files are compared byte for byte, and small pictures by their correlation, from ${threshold} on, also mirrored and as parts of each other.`;
  const compared = `${count(tested, 'image')} of the test, ${trained.toLocaleString('en')} of training.`;
  if (leaks.length === 0) return html`<h3>Leaks</h3><p class="intro">None. ${compared} ${rule}</p>`;
  const pairs = shown.map(
    ({ test, training, kind, correlation }, i) =>
      html`<li>${picture(thumbnails.get(2 * i), test.path)}${picture(thumbnails.get(2 * i + 1), training.path)}<p><strong>${kind === 'same' ? 'same file' : `${kind} ${decimal(correlation, 4)}`}</strong> ${test.id} <span>is</span> ${training.id}</p></li>`,
  );
  const more = leaks.length > shown.length ? ` The first ${shown.length} are shown.` : '';
  return html`<h3>Leaks</h3>
<p class="intro">${count(leaks.length, 'image')} of the test on the left, and what training has seen on the right.${more} ${compared} ${rule}</p>
<ul class="leaks">${pairs}</ul>`;
}

function picture(source: string | undefined, path: string): Html {
  if (source === undefined) return html`<span class="picture none">no picture</span>`;
  return html`<img class="picture" src="${source}" alt="" title="${path}" width="84" height="84">`;
}
