import { randomUUID } from 'node:crypto';
import { type CommitResult, safeCommit } from '@resilient/db';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { memberId, only } from '../auth/guard.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { line } from '../http/fields.ts';
import { writes } from '../http/limits.ts';
import { NOT_SAVED } from '../pages/notice.ts';
import { sendPage } from '../pages/send.ts';
import { type TeacherForm, teacherPage } from '../pages/teacher.ts';
import { classesOf } from './classes.ts';

const NewClass = z.object({ name: line(60) });
const NewStudent = z.object({ class_id: z.uuid(), login: line(100) });
const NewAssignment = z.object({
  class_id: z.uuid(),
  title: line(120),
  due_on: z.iso.date(),
});

const NO_STUDENT = 'There is no student of that name.';

/** The texts of a form, whatever came with them. */
function typedIn(body: unknown): Record<string, string> {
  const entries = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A teacher's classes, their students and assignments. */
export function teacherRoutes(db: SchoolDatabase): FastifyPluginAsync {
  /** Tells whether a class is the teacher's own. */
  const owns = async (teacher: string, classId: string): Promise<boolean> => {
    const row = await db.kysely
      .selectFrom('class')
      .select('id')
      .where('id', '=', classId)
      .where('teacher_id', '=', teacher)
      .executeTakeFirst();
    return row !== undefined;
  };

  const show = async (request: FastifyRequest, reply: FastifyReply, form: Partial<TeacherForm> = {}) => {
    const classes = await classesOf(db, memberId(request));
    return sendPage(request, reply, 'Classes', teacherPage({ csrf: reply.generateCsrf(), classes, ...form }));
  };

  /** The page with what was typed, and why it could not be taken. */
  const refuse = (request: FastifyRequest, reply: FastifyReply, problem: string) =>
    show(request, reply, { problem, typed: typedIn(request.body) });

  /** Back to the page after a write that succeeded; the page with what was typed after one that did not. */
  const after = (request: FastifyRequest, reply: FastifyReply, saved: CommitResult<unknown>) => {
    if (saved.ok) return reply.redirect('/teacher', 303);
    request.log.warn({ code: saved.error.code }, 'a change to a class could not be saved');
    return refuse(request, reply.code(503), NOT_SAVED);
  };

  return async (app) => {
    const guards = { preHandler: [only('teacher'), app.csrfProtection], config: writes };

    app.get('/teacher', { preHandler: only('teacher') }, async (request, reply) => show(request, reply));

    app.post('/teacher/classes', guards, async (request, reply) => {
      const form = NewClass.safeParse(request.body);
      if (!form.success)
        return refuse(request, reply.code(400), 'A class needs a name of at most 60 letters.');
      const row = { id: randomUUID(), teacher_id: memberId(request), name: form.data.name };
      const saved = await safeCommit(db.kysely, (trx) => trx.insertInto('class').values(row).execute());
      return after(request, reply, saved);
    });

    app.post('/teacher/students', guards, async (request, reply) => {
      const form = NewStudent.safeParse(request.body);
      if (!form.success) return refuse(request, reply.code(400), NO_STUDENT);
      if (!(await owns(memberId(request), form.data.class_id))) return reply.callNotFound();
      const student = await db.kysely
        .selectFrom('member')
        .select('id')
        .where('login', '=', form.data.login.toLowerCase())
        .where('role', '=', 'student')
        .executeTakeFirst();
      if (!student) return refuse(request, reply.code(400), NO_STUDENT);
      const row = { class_id: form.data.class_id, member_id: student.id };
      const saved = await safeCommit(db.kysely, (trx) =>
        trx
          .insertInto('class_member')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
      return after(request, reply, saved);
    });

    app.post('/teacher/assignments', guards, async (request, reply) => {
      const form = NewAssignment.safeParse(request.body);
      if (!form.success) return refuse(request, reply.code(400), 'An assignment needs a title and a day.');
      if (!(await owns(memberId(request), form.data.class_id))) return reply.callNotFound();
      const row = { id: randomUUID(), ...form.data };
      const saved = await safeCommit(db.kysely, (trx) => trx.insertInto('assignment').values(row).execute());
      return after(request, reply, saved);
    });
  };
}
