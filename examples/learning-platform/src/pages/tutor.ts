import { html } from 'ghtml';
import { notice } from './notice.ts';

/** The tutor's page; a question that was not answered stays in its field. */
export function tutorPage(talk: {
  csrf: string;
  question?: string;
  answer?: string;
  problem?: string;
}): string {
  const answer =
    talk.answer === undefined
      ? ''
      : html`<section class="card"><h2>Answer</h2><p class="answer" id="answer">${talk.answer}</p></section>`;
  return html`<section class="card">
    <h1>Ask the tutor</h1>
    !${talk.problem === undefined ? '' : notice('problem', talk.problem)}
    <form method="post" action="/tutor">
      <input type="hidden" name="_csrf" value="${talk.csrf}">
      <label>Your question <textarea name="question" rows="3" maxlength="500" required>${talk.question ?? ''}</textarea></label>
      <button>Ask</button>
    </form>
  </section>!${answer}`;
}
