import { html } from 'ghtml';
import { notice } from './notice.ts';

/** The log-in form; a failed one keeps the name. */
export function loginPage(form: { csrf: string; login?: string; problem?: string }): string {
  return html`<section class="card narrow">
    <h1>Log in</h1>
    !${form.problem === undefined ? '' : notice('problem', form.problem)}
    <form method="post" action="/login">
      <input type="hidden" name="_csrf" value="${form.csrf}">
      <label>Name <input name="login" autocomplete="username" required autofocus value="${form.login ?? ''}"></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>Log in</button>
    </form>
  </section>`;
}
