/** A report as one page that needs nothing but itself: no script, no font, no file and no network, which its policy states. */
import { Html, html } from './html.ts';
import { MARK } from './mark.ts';
import { STYLE } from './page-style.ts';

/** The whole document. */
export function reportDocument(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title} · Sinter report</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
}

/** The first line of a report: whose it is, and what of. */
export function brand(what: string): Html {
  return html`<p class="brand">${MARK}Sinter <span>${what}</span></p>`;
}

/** What to beware of, in sentences; nothing where there is nothing. */
export function warningBox(warnings: readonly string[]): Html | undefined {
  if (warnings.length === 0) return undefined;
  return html`<aside class="warnings" aria-label="Warnings"><h2><span aria-hidden="true">⚠</span> ${warnings.length === 1 ? 'Warning' : 'Warnings'}</h2>
<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></aside>`;
}
