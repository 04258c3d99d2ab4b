import { html } from 'ghtml';
import type { ClassView } from '../teacher/classes.ts';
import { notice } from './notice.ts';

/** What the teacher's page shows. */
export interface TeacherForm {
  readonly csrf: string;
  readonly classes: readonly ClassView[];
  readonly problem?: string;
  /** What was typed into a form that could not be saved. */
  readonly typed?: Readonly<Record<string, string>>;
}

function classCard(one: ClassView, form: TeacherForm): string {
  const hidden = html`<input type="hidden" name="_csrf" value="${form.csrf}"><input type="hidden" name="class_id" value="${one.id}">`;
  const typed = form.typed?.class_id === one.id ? form.typed : {};
  const rows = one.students.map(
    (student) =>
      html`<tr><td>${student.name}</td><td>${student.xp ?? 0}</td><td>${student.streak ?? 0}</td></tr>`,
  );
  const set = one.assignments.map(
    (assignment) => html`<li>${assignment.title} <span class="soft">until ${assignment.due_on}</span></li>`,
  );
  return html`<section class="card">
    <h2>${one.name}</h2>
    <table><thead><tr><th>Student</th><th>XP</th><th>Streak</th></tr></thead><tbody>!${rows}</tbody></table>
    <form class="row" method="post" action="/teacher/students">!${hidden}
      <label>Add a student by log-in name <input name="login" required value="${typed.login ?? ''}"></label>
      <button>Add</button></form>
    <h2>Assignments</h2><ul>!${set}</ul>
    <form class="row" method="post" action="/teacher/assignments">!${hidden}
      <label>Assignment <input name="title" required maxlength="120" value="${typed.title ?? ''}"></label>
      <label>Until <input name="due_on" type="date" required value="${typed.due_on ?? ''}"></label>
      <button>Set</button></form>
  </section>`;
}

/** A teacher's classes. */
export function teacherPage(form: TeacherForm): string {
  const name = form.typed?.class_id === undefined ? (form.typed?.name ?? '') : '';
  return html`<h1>Classes</h1>
    !${form.problem === undefined ? '' : notice('problem', form.problem)}
    !${form.classes.map((one) => classCard(one, form))}
    <section class="card"><h2>A new class</h2>
      <form class="row" method="post" action="/teacher/classes"><input type="hidden" name="_csrf" value="${form.csrf}">
        <label>Name <input name="name" required maxlength="60" value="${name}"></label>
        <button>Create</button></form>
    </section>`;
}
