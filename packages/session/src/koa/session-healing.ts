import { checkKnown, checkType, isResilientError } from '@resilient/core';
import type { SessionShape } from '../shape/types.ts';
import { detachedSession } from '../store/detached-session.ts';
import { passLineage } from '../store/lineage.ts';
import { type CareOptions, SessionCare } from '../store/session-care.ts';
import { watchCookie } from './cookie-mode.ts';
import { type KoaContext, type KoaSession, originOf } from './exchange.ts';

/** A middleware of koa. */
export type SessionHealingMiddleware = (ctx: object, next: () => Promise<unknown>) => Promise<void>;

/** The accessor that koa-session gives to each context. */
function accessorOf(ctx: object): Required<Pick<PropertyDescriptor, 'get' | 'set'>> | undefined {
  for (let at: object | null = ctx; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const property = Object.getOwnPropertyDescriptor(at, 'session');
    if (property?.get !== undefined && property.set !== undefined)
      return { get: property.get, set: property.set };
  }
  return undefined;
}

/** Gives the request a session that the host neither saves nor sends a cookie for. */
function detach(ctx: KoaContext, care: SessionCare): void {
  Object.assign(ctx.sessionOptions ?? {}, { rolling: false, renew: false });
  Object.defineProperty(ctx, 'session', { value: detachedSession(care), writable: true, configurable: true });
}

/** What a handler assigns becomes a new session of the host's, which lacks its defaults. */
function watch(ctx: KoaContext, care: SessionCare): void {
  const host = accessorOf(ctx);
  if (host === undefined) return;
  Object.defineProperty(ctx, 'session', {
    configurable: true,
    get: () => host.get.call(ctx) as unknown,
    set: (value: unknown) => {
      host.set.call(ctx, value);
      const session: unknown = host.get.call(ctx);
      if (typeof session === 'object' && session !== null) care.show(session);
    },
  });
}

/** Heals the session of a request; answers `false` if the request goes on without one. */
async function receive(ctx: KoaContext, session: KoaSession, care: SessionCare): Promise<boolean> {
  const origin = originOf(ctx);
  if (origin?.from === 'down') {
    detach(ctx, care);
    return false;
  }
  watch(ctx, care);
  if (session.isNew) {
    care.show(session);
    return true;
  }
  if (origin !== undefined) passLineage(origin.row, session);
  const { lostIdentity, needsRestore } = care.heal(session, session.externalKey);
  if (needsRestore) {
    const controller = new AbortController();
    ctx.res.once('close', () => controller.abort());
    await care.restore(session, controller.signal);
  }
  if ((lostIdentity || origin?.from === 'reset') && session.externalKey !== undefined)
    await session.regenerate();
  return true;
}

/**
 * Makes a middleware for koa that heals the session of each request, to be used right after koa-session, whose store is
 * wrapped by {@link healedStore}: keys are healed before the handler, defaults shown to anonymous visitors without
 * storing anything, a lost identity is given a new id, authority is asked for again, and before the host saves what
 * cannot be stored is taken out. Without a store, where all of the session is in a signed cookie, it is used alone: the
 * host then has no id that could be given anew.
 *
 * @throws TypeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession } from '@resilient/session';
 * import { sessionHealing } from '@resilient/session/koa';
 * import Koa from 'koa';
 * import session from 'koa-session';
 *
 * const app = new Koa();
 * app.use(session(app));
 * app.use(sessionHealing(defineSession({ keys: {} })));
 * ```
 */
export function sessionHealing(shape: SessionShape, options: CareOptions = {}): SessionHealingMiddleware {
  checkKnown('sessionHealing', options, ['name', 'logger', 'clock', 'onRepair']);
  if (options.onRepair !== undefined) checkType('onRepair', options.onRepair, 'function');
  const care = new SessionCare(shape, options);
  return async function sessionHealing(context, next) {
    const ctx = context as KoaContext;
    watchCookie(ctx, care.rules);
    const { session } = ctx;
    let isAttached = typeof session === 'object' && session !== null;
    if (isAttached) isAttached = await receive(ctx, session as KoaSession, care);
    try {
      await next();
    } catch (error) {
      // The error page must not be followed by one more attempt to save what could not be saved.
      if (isResilientError(error, 'STORE_DOWN')) detach(ctx, care);
      throw error;
    } finally {
      const { session: left } = ctx;
      if (isAttached && typeof left === 'object' && left !== null) care.ready(left);
    }
  };
}
