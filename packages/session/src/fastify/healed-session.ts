import { isResilientError } from '@resilient/core';
import { SessionStoreError } from '../errors/session-store-error.ts';
import type { SessionShape } from '../shape/types.ts';
import { SessionCare } from '../store/session-care.ts';
import { WrappedStore } from '../store/wrap-store.ts';
import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifySessionObject,
  fastifySession,
  type HostStore,
  registerCookies,
} from './host.ts';
import { type HealedSessionOptions, splitOptions } from './options.ts';
import { isHostSession, RequestSessions } from './request-sessions.ts';
import { sharedPlugin } from './shared-plugin.ts';

/** Gives a session a new id and kills the old one; what is left of its keys moves along. */
async function renew(session: FastifySessionObject): Promise<void> {
  const keys = Object.keys(session).filter((key) => key !== 'cookie');
  await session.regenerate(keys);
}

/** Errors after which a session cannot be saved. */
const SAVE_ERRORS = ['STORE_DOWN', 'SESSION_TOO_LARGE', 'SESSION_CONFLICT'];

const retryAfterOf = (error: unknown): string | undefined =>
  (error as SessionStoreError).headers['retry-after'];

/** Registered before the host: these run before it saves, and before it loads. */
function addEarlyHooks(
  app: FastifyInstance,
  sessions: RequestSessions,
  care: SessionCare,
  quietCookie: string | undefined,
): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (isHostSession(request.session)) care.ready(request.session); // before the host looks whether it changed
    if (quietCookie !== undefined) {
      const { setCookie } = reply;
      reply.setCookie = (name, ...rest) =>
        name === quietCookie && sessions.isUnsaved(request.session)
          ? reply
          : setCookie.call(reply, name, ...rest);
    }
    done(null, payload);
  });
  app.addHook('onError', (request, reply, error, done) => {
    if (isResilientError(error, 'STORE_DOWN')) reply.header('retry-after', retryAfterOf(error));
    // The error page must not try to save once more: it would fail again, and the host's own text be shown.
    if (SAVE_ERRORS.some((code) => isResilientError(error, code))) sessions.detach(request);
    done();
  });
  app.addHook('onRequest', (request, _reply, done) => {
    sessions.watch(request);
    done();
  });
}

/**
 * Makes a fastify plugin that registers `@fastify/session` so that a damaged session never breaks a request: rows are
 * made safe, keys healed before the handler, defaults shown to anonymous visitors without storing anything, a lost
 * identity given a new id, and a store that is down answered with 503, `Retry-After` and nothing of the driver's.
 * `@fastify/cookie` is registered as well unless it is there. `saveUninitialized` is `false` unless you say otherwise.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession } from '@resilient/session';
 * import { healedSession } from '@resilient/session/fastify';
 * import fastify from 'fastify';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const app = fastify();
 * app.register(healedSession(shape, { secret: 'a secret of at least thirty-two characters' }));
 * app.get('/', async (request) => ({ xp: Reflect.get(request.session, 'xp') }));
 * ```
 */
export function healedSession(shape: SessionShape, options: HealedSessionOptions): FastifyPluginAsync {
  const { healing, care: careOptions, host } = splitOptions(options);
  const care = new SessionCare(shape, careOptions);
  const sessions = new RequestSessions(care);
  const store = new WrappedStore(host.store, shape, healing, { watch: sessions, hostTouches: false });
  const anonymous = healing.onStoreDown === 'anonymous';
  if (host.saveUninitialized) {
    care.logger.warn({}, '`saveUninitialized: true` stores a session for every visitor, healed or not');
  }
  return sharedPlugin('@resilient/session', async (app) => {
    await registerCookies(app);
    addEarlyHooks(app, sessions, care, anonymous ? (host.cookieName ?? 'sessionId') : undefined);
    await app.register(fastifySession, {
      ...host,
      store: store as unknown as HostStore,
      cookie: { ...host.cookie },
    });
    app.addHook('onRequest', async (request) => {
      if (sessions.needsRestore(request.session)) await care.restore(request.session, request.signal);
      if (!sessions.needsNewId(request.session)) return;
      try {
        await renew(request.session);
      } catch (error) {
        if (!anonymous)
          throw isResilientError(error) ? error : new SessionStoreError('set', { cause: error });
        sessions.detach(request);
      }
    });
  });
}
