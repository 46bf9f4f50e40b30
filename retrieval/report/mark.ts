/** The sign of Sinter, as on the search page. */
import { Html } from './html.ts';

export const MARK = new Html(
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><defs><linearGradient id="heat" x1="0" y1="1" x2="1" y2="0"><stop offset="0" stop-color="#d6336c"/><stop offset=".55" stop-color="#e8590c"/><stop offset="1" stop-color="#fab005"/></linearGradient></defs><path fill="url(#heat)" d="M16 2a7.6 7.6 0 0 1 6.9 10.8c-.6 1.4.2 2.5 1.6 2.9A7.3 7.3 0 1 1 18.6 26c-1-1.7-4.2-1.7-5.2 0A7.3 7.3 0 1 1 7.5 15.7c1.4-.4 2.2-1.5 1.6-2.9A7.6 7.6 0 0 1 16 2z"/></svg>',
);
