import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { SchoolDatabase } from '../database/schema.ts';
import { line } from '../http/fields.ts';
import { logIns, logInsOfAddress } from '../http/limits.ts';
import { loginPage } from '../pages/login.ts';
import { sendPage } from '../pages/send.ts';
import { isPassword } from './password.ts';

const Form = z.object({ login: line(100), password: z.string().max(200) });

const TOO_MANY = 'Too many people tried to log in from here. Please wait a minute.';

/** Log-in and log-out. */
export function authRoutes(db: SchoolDatabase): FastifyPluginAsync {
  return async (app) => {
    app.get('/login', async (request, reply) => {
      if (request.session.userId !== undefined) return reply.redirect('/', 303);
      return sendPage(request, reply, 'Log in', loginPage({ csrf: reply.generateCsrf() }));
    });

    const limitOf = app.createRateLimit(logInsOfAddress);
    app.post('/login', { config: logIns, preHandler: app.csrfProtection }, async (request, reply) => {
      const limit = await limitOf(request);
      if (!limit.isAllowed && limit.isExceeded) {
        const page = loginPage({ csrf: reply.generateCsrf(), problem: TOO_MANY });
        reply.code(429).header('retry-after', String(limit.ttlInSeconds));
        return sendPage(request, reply, 'Log in', page);
      }
      const form = Form.safeParse(request.body);
      const member = form.success
        ? await db.kysely
            .selectFrom('member')
            .leftJoin('progress', 'progress.member_id', 'member.id')
            .select(['member.id', 'member.role', 'member.password_hash', 'progress.xp'])
            .where('login', '=', form.data.login.toLowerCase())
            .executeTakeFirst()
        : undefined;
      const password = form.success ? form.data.password : '';
      if (!(await isPassword(password, member?.password_hash)) || member === undefined) {
        const login = form.success ? form.data.login : '';
        const page = loginPage({
          csrf: reply.generateCsrf(),
          login,
          problem: 'That did not match. Please try again.',
        });
        return sendPage(request, reply.code(401), 'Log in', page);
      }
      await request.session.regenerate(); // a new id for a new right: no fixation
      request.session.userId = member.id;
      request.session.role = member.role;
      request.session.xp = member.xp ?? 0;
      return reply.redirect('/', 303);
    });

    app.post('/logout', { preHandler: app.csrfProtection }, async (request, reply) => {
      await request.session.destroy();
      return reply.redirect('/login', 303);
    });
  };
}
