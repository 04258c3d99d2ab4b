import { randomUUID } from 'node:crypto';
import { safeCommit } from '@resilient/db';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { loggedIn, memberId } from '../auth/guard.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { writes } from '../http/limits.ts';
import { NOT_SAVED } from '../pages/notice.ts';
import { quizPage, resultPage } from '../pages/quiz.ts';
import { sendPage } from '../pages/send.ts';
import { addXp } from './progress.ts';
import { questionAfter, questionOf } from './questions.ts';

/** Experience for a right answer. */
const XP = 10;

const Form = z.object({
  question: z.string(),
  choice: z
    .string()
    .regex(/^[0-2]$/)
    .transform(Number),
  attempt: z.uuid(),
});

/** The quiz: a question, an answer, experience. */
export function quizRoutes(db: SchoolDatabase): FastifyPluginAsync {
  /** Saves an answer once, however often its form is sent. */
  const save = (id: string, member: string, question: string, correct: boolean, signal: AbortSignal) =>
    safeCommit(
      db.kysely,
      async (trx) => {
        const at = new Date();
        const inserted = await trx
          .insertInto('answer')
          .values({
            id,
            member_id: member,
            question_id: question,
            correct: correct ? 1 : 0,
            answered_at: at.toISOString(),
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .executeTakeFirst();
        const progress = await addXp(trx, member, inserted && correct ? XP : 0, at);
        if (inserted) return { correct, progress };
        // The form was sent before: the first answer counts, and is what is shown.
        const first = await trx
          .selectFrom('answer')
          .select('correct')
          .where('id', '=', id)
          .where('member_id', '=', member)
          .executeTakeFirst();
        return { correct: first?.correct === 1, progress };
      },
      { name: 'answer', signal },
    );

  return async (app) => {
    app.get('/quiz', { preHandler: loggedIn }, async (request, reply) => {
      const row = await db.kysely
        .selectFrom('answer')
        .select((count) => count.fn.countAll<number>().as('answers'))
        .where('member_id', '=', memberId(request))
        .executeTakeFirstOrThrow();
      const form = {
        csrf: reply.generateCsrf(),
        attempt: randomUUID(),
        question: questionAfter(Number(row.answers)),
      };
      return sendPage(request, reply, 'Quiz', quizPage(form));
    });

    const guards = { preHandler: [loggedIn, app.csrfProtection], config: writes };
    app.post('/quiz', guards, async (request, reply) => {
      const form = Form.safeParse(request.body);
      const question = form.success ? questionOf(form.data.question) : undefined;
      if (!form.success || !question) return reply.redirect('/quiz', 303);
      const { attempt, choice } = form.data;
      const correct = choice === question.right;
      const saved = await save(attempt, memberId(request), question.id, correct, request.signal);
      if (!saved.ok) {
        request.log.warn({ code: saved.error.code }, 'an answer could not be saved');
        const again = { csrf: reply.generateCsrf(), attempt, question, choice, problem: NOT_SAVED };
        return sendPage(request, reply.code(503), 'Quiz', quizPage(again));
      }
      const { value } = saved;
      request.session.xp = value.progress.xp;
      const result = { question, gained: value.correct ? XP : 0, ...value };
      return sendPage(request, reply, 'Quiz', resultPage(result));
    });
  };
}
