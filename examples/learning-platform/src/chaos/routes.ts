import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { only } from '../auth/guard.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { chaosPage } from '../pages/chaos.ts';
import { sendPage } from '../pages/send.ts';
import { type LocalTutor, TUTOR_MOODS } from '../tutor/local-tutor.ts';
import { damageSession } from './damage-session.ts';
import { holdLock } from './hold-lock.ts';

/** Every switch turns itself off after this time. */
const OFF_AFTER_MS = 60_000;
const LOCK_MS = 5_000;

const Switch = z.discriminatedUnion('what', [
  z.object({ what: z.literal('lock') }),
  z.object({ what: z.literal('tutor'), mood: z.enum(TUTOR_MOODS) }),
  z.object({ what: z.literal('session'), damage: z.enum(['keys', 'truncated']) }),
  z.object({ what: z.literal('handler') }),
  z.object({ what: z.literal('timer') }),
]);

/** What the page can break. */
export interface ChaosParts {
  readonly db: SchoolDatabase;
  /** The file of the database; `undefined` on PostgreSQL, where there is no lock to hold. */
  readonly sqliteFile: string | undefined;
  /** `undefined` where a real tutor answers. */
  readonly tutor: LocalTutor | undefined;
}

/** Switches that break things, for admins of the demo: registered only with `RESILIENT_CHAOS=1`. */
export function chaosRoutes(parts: ChaosParts): FastifyPluginAsync {
  const { db, sqliteFile, tutor } = parts;
  let back: NodeJS.Timeout | undefined;

  const setMood = (mood: (typeof TUTOR_MOODS)[number]): void => {
    if (!tutor) return;
    clearTimeout(back);
    tutor.mood = mood;
    back = setTimeout(() => {
      tutor.mood = 'well';
    }, OFF_AFTER_MS).unref();
  };

  return async (app) => {
    app.addHook('onClose', async () => clearTimeout(back));

    app.get('/admin/chaos', { preHandler: only('admin') }, async (request, reply) =>
      sendPage(
        request,
        reply,
        'Chaos',
        chaosPage({ csrf: reply.generateCsrf(), mood: tutor?.mood, lock: sqliteFile !== undefined }),
      ),
    );

    app.post('/admin/chaos', { preHandler: [only('admin'), app.csrfProtection] }, async (request, reply) => {
      const form = Switch.safeParse(request.body);
      if (!form.success) return reply.redirect('/admin/chaos', 303);
      const { data } = form;
      request.log.warn({ chaos: data }, 'something is being broken on purpose');
      switch (data.what) {
        case 'lock':
          if (sqliteFile !== undefined) holdLock(sqliteFile, LOCK_MS);
          break;
        case 'tutor':
          setMood(data.mood);
          break;
        case 'session':
          reply.raw.once('close', () => void damageSession(db, request.session.sessionId, data.damage));
          break;
        case 'handler':
          throw new Error('a handler was broken on purpose');
        case 'timer':
          setTimeout(() => {
            throw new Error('a timer was broken on purpose');
          }, 50);
          break;
      }
      return reply.redirect('/admin/chaos', 303);
    });
  };
}
