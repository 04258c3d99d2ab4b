import type { PageFacts } from '@resilient/health';
import { html } from 'ghtml';
import { textOf } from './error-text.ts';

/** The page for whatever went wrong: it knows the status, a title and a number to ask for, and nothing of the error. */
export function errorPage({ status, title, id }: PageFacts): string {
  const number =
    id === undefined || status < 500
      ? ''
      : html`<p class="soft">If you ask for help, say this number: <code>${id}</code></p>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/site.css"></head>
<body><main><section class="card narrow"><h1>${title}</h1>
<p>${textOf(status)}</p>
!${number}<p><a href="/">To the first page</a></p></section></main></body></html>`;
}
