import fastifyCookie from '@fastify/cookie';
import fastifyFormbody from '@fastify/formbody';
import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import { commit } from '@resilient/db';
import type { HealthMonitor } from '@resilient/health';
import { errorPages, healthRoutes } from '@resilient/health/fastify';
import { healedSession } from '@resilient/session/fastify';
import { createSessionStore } from '@resilient/session/kysely';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify';
import { adminRoutes } from '../admin/routes.ts';
import { authRoutes } from '../auth/routes.ts';
import type { Config } from '../config.ts';
import type { SchoolDatabase } from '../database/schema.ts';
import { errorPage } from '../pages/error.ts';
import { titleOf } from '../pages/error-text.ts';
import { styles } from '../pages/styles.ts';
import { shape } from '../session/shape.ts';
import { arcadeRoutes } from '../student/arcade.ts';
import { homeRoutes } from '../student/home.ts';
import { quizRoutes } from '../student/quiz.ts';
import { teacherRoutes } from '../teacher/routes.ts';
import type { AskTutor } from '../tutor/ask.ts';
import { tutorRoutes } from '../tutor/routes.ts';
import { csrf } from './csrf.ts';
import { deadlines } from './deadlines.ts';
import { featureSwitch } from './features.ts';
import { hardening } from './hardening.ts';

/** What the site is made of. */
export interface AppParts {
  readonly config: Config;
  readonly db: SchoolDatabase;
  readonly monitor: HealthMonitor;
  readonly ask: AskTutor;
  readonly logger: FastifyBaseLogger;
}

const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

function sendBadAddress(reply: FastifyReply): void {
  const page = errorPage({ status: 400, title: titleOf(400) });
  void reply
    .code(400)
    .header('x-content-type-options', 'nosniff')
    .type('text/html; charset=utf-8')
    .send(page);
}

/**
 * Puts the site together. The order is the order in which a request passes: error pages and probes first, so that they
 * work while everything else does not, then what protects, then the session, then the pages.
 */
export async function createApp({ config, db, monitor, ask, logger }: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger,
    trustProxy: config.trustProxy,
    bodyLimit: 64 * 1_024,
    // An address that cannot be decoded: no hook and no error page is asked.
    frameworkErrors: (_error, _request, reply) => sendBadAddress(reply as FastifyReply),
  });
  app.decorate('chaos', config.chaos);
  await app.register(errorPages(monitor, { template: errorPage }));
  await app.register(healthRoutes(monitor, { routes: 'probes' }));
  await app.register(hardening(config));
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: CONTENT_POLICY,
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: config.production ? { maxAge: 15_552_000 } : false,
  });
  app.get('/assets/site.css', async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=300').send(styles),
  );
  await app.register(fastifyFormbody);
  await app.register(fastifyCookie, { secret: config.secretKey });
  await app.register(
    healedSession(shape, {
      secret: config.secretKey,
      store: createSessionStore(db.kysely, { commit, shape }),
      cookieName: config.production ? '__Host-session' : 'session',
      cookie: { secure: config.production, httpOnly: true, sameSite: 'lax', path: '/' },
    }),
  );
  await app.register(csrf(config));
  await app.register(fastifyRateLimit, { global: false });
  await app.register(deadlines);
  const consoleRoutes = healthRoutes(monitor, {
    routes: 'console',
    authorize: (_request, host) => (host as { session?: { role?: string } }).session?.role === 'admin',
  });
  await app.register(consoleRoutes);
  await app.register(authRoutes(db));
  await app.register(homeRoutes(db));
  await app.register(quizRoutes(db));
  await app.register(teacherRoutes(db));
  await app.register(adminRoutes(monitor));
  await app.register(featureSwitch('arcade', config.disabledFeatures, arcadeRoutes(db)));
  await app.register(featureSwitch('tutor', config.disabledFeatures, tutorRoutes(ask)));
  return app;
}
