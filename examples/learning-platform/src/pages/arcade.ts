import { html } from 'ghtml';
import type { ArcadeGame } from '../student/game.ts';
import type { Progress } from '../student/progress.ts';
import { notice } from './notice.ts';

/** The sums of a game; after a failure with what was answered. */
export function arcadePage(form: {
  csrf: string;
  game: ArcadeGame;
  signed: string;
  answer?: readonly string[];
  problem?: string;
}): string {
  const rounds = form.game.rounds.map(
    ({ a, b }, index) => html`<label>${a} × ${b}
      <input name="answer" inputmode="numeric" autocomplete="off" required value="${form.answer?.[index] ?? ''}"></label>`,
  );
  return html`<section class="card narrow">
    <h1>Five sums in a minute</h1>
    !${form.problem === undefined ? '' : notice('problem', form.problem)}
    <form method="post" action="/arcade">
      <input type="hidden" name="_csrf" value="${form.csrf}">
      <input type="hidden" name="game" value="${form.signed}">
      !${rounds}
      <button>Done</button>
    </form>
  </section>`;
}

/** How a game went. */
export function scorePage(score: {
  right: number;
  rounds: number;
  points: number;
  inTime: boolean;
  progress: Progress;
}): string {
  const text = score.inTime
    ? `${score.right} of ${score.rounds} right: +${score.points} XP`
    : 'Time was up, so this one does not count.';
  return html`<section class="card narrow">
    !${notice(score.inTime ? 'good' : 'problem', text)}
    <p>Progress saved: ${score.progress.xp} XP.</p>
    <p><a class="button" href="/arcade">Play again</a></p>
  </section>`;
}
