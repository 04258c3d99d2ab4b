import { randomInt, randomUUID } from 'node:crypto';
import { safeCommit } from '@resilient/db';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { loggedIn, memberId } from '../auth/guard.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { writes } from '../http/limits.ts';
import { arcadePage, scorePage } from '../pages/arcade.ts';
import { NOT_SAVED } from '../pages/notice.ts';
import { sendPage } from '../pages/send.ts';
import { type ArcadeGame, ROUNDS, readGame } from './game.ts';
import { addXp } from './progress.ts';

/** Answers later than this count nothing: 60 s. */
const TIME_MS = 60_000;
/** Points for a right sum in time, each worth one XP. */
const POINTS = 2;

const Form = z.object({ game: z.string().max(2_000), answer: z.array(z.string().max(5)).length(ROUNDS) });

/** Arithmetic against the clock. The game travels in the form, signed, so that nobody chooses their own sums. */
export function arcadeRoutes(db: SchoolDatabase): FastifyPluginAsync {
  return async (app) => {
    app.get('/arcade', { preHandler: loggedIn }, async (request, reply) => {
      const rounds = Array.from({ length: ROUNDS }, () => ({ a: randomInt(2, 13), b: randomInt(2, 13) }));
      const game: ArcadeGame = { id: randomUUID(), member: memberId(request), startedAt: Date.now(), rounds };
      const signed = app.signCookie(JSON.stringify(game));
      return sendPage(request, reply, 'Arcade', arcadePage({ csrf: reply.generateCsrf(), game, signed }));
    });

    const guards = { preHandler: [loggedIn, app.csrfProtection], config: writes };
    app.post('/arcade', guards, async (request, reply) => {
      const form = Form.safeParse(request.body);
      const unsigned = form.success ? app.unsignCookie(form.data.game) : undefined;
      const game = unsigned?.valid ? readGame(unsigned.value) : undefined;
      const member = memberId(request);
      if (!form.success || game?.member !== member) return reply.redirect('/arcade', 303);
      const inTime = Date.now() - game.startedAt <= TIME_MS;
      const right = game.rounds.filter(({ a, b }, index) => Number(form.data.answer[index]) === a * b).length;
      const points = inTime ? right * POINTS : 0;
      const saved = await safeCommit(
        db.kysely,
        async (trx) => {
          const at = new Date();
          const inserted = await trx
            .insertInto('score')
            .values({ id: game.id, member_id: member, points, played_at: at.toISOString() })
            .onConflict((conflict) => conflict.column('id').doNothing())
            .returning('id')
            .executeTakeFirst();
          return addXp(trx, member, inserted ? points : 0, at);
        },
        { name: 'score', signal: request.signal },
      );
      if (!saved.ok) {
        const { answer, game: signed } = form.data;
        const page = arcadePage({ csrf: reply.generateCsrf(), game, signed, answer, problem: NOT_SAVED });
        return sendPage(request, reply.code(503), 'Arcade', page);
      }
      request.session.xp = saved.value.xp;
      return sendPage(
        request,
        reply,
        'Arcade',
        scorePage({ right, rounds: ROUNDS, points, inTime, progress: saved.value }),
      );
    });
  };
}
