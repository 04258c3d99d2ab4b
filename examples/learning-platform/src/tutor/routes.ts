import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { loggedIn } from '../auth/guard.ts';
import { perMinute } from '../http/limits.ts';
import { sendPage } from '../pages/send.ts';
import { tutorPage } from '../pages/tutor.ts';
import type { AskTutor } from './ask.ts';

/** What a reader is told while the tutor does not answer. */
export const RESTING = 'The tutor is resting. Please try again.';

/** What a question may take in all: a model thinks longer than a page loads. */
const TUTOR_MS = 120_000;

const NOT_FOR_US = 'The tutor answers questions about school only.';
const Form = z.object({ question: z.string().trim().min(1).max(500) });

/** A question to the tutor, and its answer. */
export function tutorRoutes(ask: AskTutor): FastifyPluginAsync {
  return async (app) => {
    app.get('/tutor', { preHandler: loggedIn }, async (request, reply) =>
      sendPage(request, reply, 'Tutor', tutorPage({ csrf: reply.generateCsrf() })),
    );

    const guards = {
      preHandler: [loggedIn, app.csrfProtection],
      config: { ...perMinute(20), deadlineMs: TUTOR_MS },
    };
    app.post('/tutor', guards, async (request, reply) => {
      const form = Form.safeParse(request.body);
      if (!form.success) return reply.redirect('/tutor', 303);
      const { question } = form.data;
      const csrf = reply.generateCsrf();
      try {
        const answer = await ask(question, request.signal);
        return sendPage(request, reply, 'Tutor', tutorPage({ csrf, question, answer: answer ?? NOT_FOR_US }));
      } catch (error) {
        const { name, cause } = error as Error;
        const { code } = (cause ?? error) as { code?: unknown };
        request.log.warn({ error: name, code }, 'the tutor did not answer');
        reply.code(503).header('retry-after', '30');
        return sendPage(request, reply, 'Tutor', tutorPage({ csrf, question, problem: RESTING }));
      }
    });
  };
}
