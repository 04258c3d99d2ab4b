import type { ErrorSummary } from '@resilient/health';
import { html } from 'ghtml';

/** The figures of the monitor, with a link to the whole report. */
export function healthPage(summary: ErrorSummary): string {
  const kinds = Object.entries(summary.errorsByType).map(
    ([type, count]) => html`<tr><td>${type}</td><td>${count}</td></tr>`,
  );
  const reasons = summary.reasons.map((reason) => html`<li>${reason}</li>`);
  return html`<section class="card">
    <h1>The site is ${summary.status}</h1>
    <ul>!${reasons}</ul>
    <dl class="figures">
      <div><dt>Requests</dt><dd>${summary.requests}</dd></div>
      <div><dt>Errors</dt><dd>${summary.totalErrors}</dd></div>
      <div><dt>Error rate</dt><dd>${(summary.errorRate * 100).toFixed(1)} %</dd></div>
    </dl>
    <p class="soft">${summary.timeWindow}</p>
    !${kinds.length === 0 ? '' : html`<table><thead><tr><th>Error</th><th>Count</th></tr></thead><tbody>!${kinds}</tbody></table>`}
    <p><a href="/health/detailed">The whole report</a></p>
  </section>`;
}
