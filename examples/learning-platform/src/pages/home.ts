import { html } from 'ghtml';
import { levelOf, type Progress } from '../student/progress.ts';
import { questions } from '../student/questions.ts';

/** What a student sees first. */
export function homePage(home: {
  csrf: string;
  progress: Progress;
  assignments: readonly { title: string; due_on: string }[];
  cart: readonly string[];
  theme: string;
}): string {
  const { progress } = home;
  const csrf = html`<input type="hidden" name="_csrf" value="${home.csrf}">`;
  const assignments = home.assignments.map(
    (one) => html`<li>${one.title} <span class="soft">until ${one.due_on}</span></li>`,
  );
  const topics = [...new Set(questions.map((question) => question.topic))];
  const kept = home.cart.map((topic) => html`<li>${topic}</li>`);
  const buttons = topics
    .filter((topic) => !home.cart.includes(topic))
    .map((topic) => html`<button class="quiet" name="topic" value="${topic}">${topic}</button>`);
  const other = home.theme === 'dark' ? 'light' : 'dark';
  return html`<section class="card">
    <h1>Welcome back</h1>
    <dl class="figures">
      <div><dt>Experience</dt><dd>${progress.xp} XP</dd></div>
      <div><dt>Level</dt><dd>${levelOf(progress.xp)}</dd></div>
      <div><dt>Streak</dt><dd>${progress.streak === 1 ? '1 day' : `${progress.streak} days`}</dd></div>
    </dl>
    <p><a class="button" href="/quiz">Answer a question</a></p>
  </section>
  <section class="card"><h2>To do</h2>
    !${assignments.length === 0 ? '<p class="soft">Nothing is due.</p>' : html`<ul>!${assignments}</ul>`}
  </section>
  <section class="card"><h2>Topics for later</h2>
    <ul id="cart">!${kept}</ul>
    <form class="chips" method="post" action="/cart">!${csrf}!${buttons}</form>
  </section>
  <form method="post" action="/theme">!${csrf}
    <button class="quiet" name="theme" value="${other}">Use ${other} colours</button></form>`;
}
