import { html } from 'ghtml';
import { levelOf, type Progress } from '../student/progress.ts';
import type { Question } from '../student/questions.ts';
import { notice } from './notice.ts';

/** A question to be answered; after a failure with what was chosen. */
export function quizPage(form: {
  csrf: string;
  attempt: string;
  question: Question;
  choice?: number;
  problem?: string;
}): string {
  const choices = form.question.choices
    .map(
      (choice, index) => html`<label class="choice">
      <input type="radio" name="choice" value="${index}" required !${index === form.choice ? 'checked' : ''}> ${choice}</label>`,
    )
    .join('');
  return html`<section class="card">
    <p class="soft">${form.question.topic}</p>
    <h1>${form.question.text}</h1>
    !${form.problem === undefined ? '' : notice('problem', form.problem)}
    <form method="post" action="/quiz">
      <input type="hidden" name="_csrf" value="${form.csrf}">
      <input type="hidden" name="attempt" value="${form.attempt}">
      <input type="hidden" name="question" value="${form.question.id}">
      !${choices}
      <button>Answer</button>
    </form>
  </section>`;
}

/** What an answer was worth. */
export function resultPage(result: {
  question: Question;
  correct: boolean;
  gained: number;
  progress: Progress;
}): string {
  const { question, correct, gained, progress } = result;
  const text = correct ? `Right! +${gained} XP` : `Not quite: it is ${question.choices[question.right]}.`;
  return html`<section class="card">
    !${notice(correct ? 'good' : 'problem', text)}
    <p>Progress saved: ${progress.xp} XP, level ${levelOf(progress.xp)}, a streak of ${progress.streak === 1 ? '1 day' : `${progress.streak} days`}.</p>
    <p><a class="button" href="/quiz">Next question</a></p>
  </section>`;
}
