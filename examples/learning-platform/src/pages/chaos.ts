import { html } from 'ghtml';
import { TUTOR_MOODS } from '../tutor/local-tutor.ts';

/** The switches that break things. */
export function chaosPage(page: { csrf: string; mood: string | undefined; lock: boolean }): string {
  const button = (text: string, fields: Record<string, string>): string => {
    const inputs = Object.entries({ _csrf: page.csrf, ...fields }).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    );
    return html`<form method="post" action="/admin/chaos">!${inputs}<button>${text}</button></form>`;
  };
  const moods = TUTOR_MOODS.map((mood) => button(`Tutor: ${mood}`, { what: 'tutor', mood }));
  return html`<section class="card">
      <h1>Break something</h1>
      <p>Each switch turns itself off within a minute. Keep using the site meanwhile.</p>
      <div class="switches">!${page.lock ? button('Hold the database lock for 5 s', { what: 'lock' }) : ''}
      !${button('Damage my session', { what: 'session', damage: 'keys' })}
      !${button('Cut my session in half', { what: 'session', damage: 'truncated' })}
      !${button('Break a handler', { what: 'handler' })}
      !${button('Break a timer: the process ends', { what: 'timer' })}</div>
    </section>
    !${page.mood === undefined ? '' : html`<section class="card"><h2>The tutor is: ${page.mood}</h2><div class="switches">!${moods}</div></section>`}`;
}
