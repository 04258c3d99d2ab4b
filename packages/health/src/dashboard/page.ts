import { randomBytes } from 'node:crypto';
import { escapeHtml } from '../pages/error-page.ts';
import { CLIENT_SCRIPT } from './client-script.ts';
import { STYLE } from './style.ts';
import { chartLibrary } from './uplot.ts';
import type { Table, Tile, View } from './view.ts';

/** A page with the policy that lets it, and nothing else, run. */
export interface DashboardPage {
  readonly body: string;
  readonly policy: string;
}

const tileHtml = ({ id, label, value, hint, level }: Tile): string =>
  `<div class="tile" data-tile="${escapeHtml(id)}"><h2>${escapeHtml(label)}</h2><p class="value ${level}">${escapeHtml(value)}</p><p class="hint">${escapeHtml(hint)}</p><div class="chart" data-chart="${escapeHtml(id)}"></div></div>`;

const cells = (tag: 'td' | 'th', texts: readonly string[]): string =>
  texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('');

function tableHtml({ id, title, columns, rows, empty }: Table): string {
  const body =
    rows.length > 0
      ? rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')
      : `<tr><td colspan="${columns.length}">${escapeHtml(empty)}</td></tr>`;
  const isWide = columns.length > 3 ? ' class="wide"' : '';
  return `<section${isWide} data-table="${escapeHtml(id)}"><h2>${escapeHtml(title)}</h2><table><thead><tr>${cells('th', columns)}</tr></thead><tbody>${body}</tbody></table></section>`;
}

/** JSON that may stand in a script element: nothing in it can end the element or begin a comment. */
const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Renders the whole page; `events` is where it hears what is new. The chart library reads the browser's language as it
 * loads, and throws on some (`en-US@posix`): the figures do without it.
 */
export function dashboardPage(view: View, events: string): DashboardPage {
  const nonce = randomBytes(18).toString('base64');
  const { script, style } = chartLibrary();
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>${escapeHtml(`${view.status} · ${view.name}`)}</title><style nonce="${nonce}">${style}${STYLE}</style></head>
<body data-events="${escapeHtml(events)}"><main>
<header><h1>${escapeHtml(view.name)} is <span id="status" class="status ${view.status}">${view.status}</span></h1><span id="live" class="live">as of ${escapeHtml(view.at)}</span></header>
<p id="facts" class="facts">${escapeHtml(view.facts.join(' · '))}</p>
<ul id="reasons" class="reasons">${view.reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('')}</ul>
<div class="tiles">${view.tiles.map(tileHtml).join('')}</div>
<div class="lists">${view.tables.map(tableHtml).join('')}</div>
</main>
<script type="application/json" id="view" nonce="${nonce}">${scriptJson(view)}</script>
<script nonce="${nonce}">try{${script}}catch{}</script>
<script nonce="${nonce}">${CLIENT_SCRIPT}</script>
</body></html>`;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return { body, policy };
}
