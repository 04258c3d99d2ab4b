import { expect, test } from 'vitest';
import { correlationId, escapeHtml, htmlPage, problemPage, titleOf, wantsHtml } from './error-page.ts';

test.each([
  ['text/html,application/xhtml+xml,*/*;q=0.8', true],
  ['TEXT/HTML', true],
  ['*/*', false],
  ['text/*', false],
  ['application/json, text/html;q=0.1', true],
  ['application/json, text/html;q=0', false],
  ['text/html; q=0.000, */*', false],
  ['text/html;level=1', true],
  ['text/html-fragment', false],
  ['application/json;x="text/html"', false],
  ['', false],
  ['application/json', false],
  [undefined, false],
])('Accept: %s wants HTML: %s', (accept, expected) => {
  expect(wantsHtml(accept)).toBe(expected);
});

test('HTML is escaped wherever it could come in', () => {
  expect(escapeHtml(`<a href="x" b='y'>&`)).toBe('&#60;a href=&#34;x&#34; b=&#39;y&#39;&#62;&#38;');
  const { body, headers } = htmlPage({ status: 500, id: '<img src=x>', title: '<script>' });
  expect(body).not.toMatch(/<img|<script/);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
});

test('a problem holds type, title, status and the id', () => {
  expect(JSON.parse(problemPage({ status: 503, id: 'a-b', title: 'busy' }).body)).toEqual({
    type: 'about:blank',
    title: 'busy',
    status: 503,
    instance: 'urn:correlation:a-b',
    id: 'a-b',
  });
});

test('every status has a sentence, and ids differ', () => {
  for (let status = 400; status < 600; status += 1) expect(titleOf(status)).toMatch(/\.$/);
  expect(new Set(Array.from({ length: 1_000 }, correlationId)).size).toBe(1_000);
});
