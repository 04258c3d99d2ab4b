import { html } from 'ghtml';
import { notice } from './notice.ts';

/** For a form that is too old to be believed: what happened, and the way back to it. */
export function staleFormPage(form: string): string {
  return html`<section class="card narrow">
    <h1>Please send it again</h1>
    !${notice('problem', 'The page was open for too long, or the browser keeps no cookies. Nothing was changed.')}
    <p><a href="${form}">Back to the form</a></p>
  </section>`;
}
