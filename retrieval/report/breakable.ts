/** Where a long label may go on in the next line. */
import { type Html, html } from './html.ts';

/** The text, free to break behind the signs that names of classes and folders are joined with. */
export function breakable(text: string): Html {
  const pieces = text.split(/(?<=[_/])(?=[^_/])/);
  return html`${pieces.map((piece, i) => html`${i > 0 && WORD_BREAK}${piece}`)}`;
}

const WORD_BREAK = html`<wbr>`;
