import { expect, test } from 'vitest';
import { breakable } from './breakable.ts';
import { html } from './html.ts';

const HOSTILE = `<script>alert("1")</script>' onload='&amp;`;

test('text is escaped in content and in attributes, markup is kept', () => {
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;&amp;amp;';
  expect(html`<p title="${HOSTILE}">${HOSTILE}</p>`.markup).toBe(`<p title="${escaped}">${escaped}</p>`);
  expect(html`<ul>${[html`<li>${'<'}</li>`, '>']}</ul>`.markup).toBe('<ul><li>&lt;</li>&gt;</ul>');
});

test('what is absent leaves nothing behind, a 0 does', () => {
  expect(html`<b>${undefined}${false}${[]}${0}</b>`.markup).toBe('<b>0</b>');
});

test('an object that only looks like markup is text', () => {
  const lookalike = JSON.parse('{"markup":"<b>"}');
  expect(html`${lookalike}`.markup).not.toContain('<b>');
});

test('labels break behind their joints, and are whole without them', () => {
  expect(breakable('001.Black_footed/Albatross').markup).toBe('001.Black_<wbr>footed/<wbr>Albatross');
  expect(breakable('_<b>_').markup).toBe('_<wbr>&lt;b&gt;_');
  expect(breakable('plain').markup).toBe('plain');
});
