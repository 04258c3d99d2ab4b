import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { loggedIn, memberId } from '../auth/guard.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { writes } from '../http/limits.ts';
import { homePage } from '../pages/home.ts';
import { sendPage } from '../pages/send.ts';
import { progressOf } from './progress.ts';
import { questions } from './questions.ts';

const Topic = z.object({ topic: z.enum(questions.map((question) => question.topic)) });
const Theme = z.object({ theme: z.enum(['light', 'dark']) });

/** The first page, with what the session keeps: topics for later, and the colours. */
export function homeRoutes(db: SchoolDatabase): FastifyPluginAsync {
  return async (app) => {
    const guards = { preHandler: [loggedIn, app.csrfProtection], config: writes };

    app.get('/', { preHandler: loggedIn }, async (request, reply) => {
      const member = memberId(request);
      const progress = await progressOf(db, member);
      const assignments = await db.kysely
        .selectFrom('assignment')
        .innerJoin('class_member', 'class_member.class_id', 'assignment.class_id')
        .select(['title', 'due_on'])
        .where('member_id', '=', member)
        .orderBy('due_on')
        .execute();
      const { cart, theme } = request.session;
      return sendPage(
        request,
        reply,
        'Home',
        homePage({ csrf: reply.generateCsrf(), progress, assignments, cart, theme }),
      );
    });

    app.post('/cart', guards, async (request, reply) => {
      const form = Topic.safeParse(request.body);
      const { cart } = request.session;
      if (form.success && !cart.includes(form.data.topic)) cart.push(form.data.topic);
      return reply.redirect('/', 303);
    });

    app.post('/theme', guards, async (request, reply) => {
      const form = Theme.safeParse(request.body);
      if (form.success) request.session.theme = form.data.theme;
      return reply.redirect('/', 303);
    });
  };
}
