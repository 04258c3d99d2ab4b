import { checkKnown, checkType } from '@resilient/core';
import type { SessionShape } from '../shape/types.ts';
import { HostStore } from '../store/host-store.ts';
import { type CareOptions, SessionCare } from '../store/session-care.ts';
import { CookieSession } from './cookie-session.ts';
import { isServerSession, type Next, type SessionRequest, type SessionResponse } from './exchange.ts';
import { ServerSession } from './server-session.ts';

/** What {@link sessionHealing} takes beside a shape. */
export type SessionHealingOptions = CareOptions;

/** A middleware of express. */
export type SessionHealingMiddleware = (
  request: object,
  response: object,
  next: (error?: unknown) => void,
) => void;

/**
 * Makes a middleware that heals the session of each request, to be used right after `express-session` (whose store is
 * wrapped by `healingStore`) or `cookie-session`: keys are healed before the handler and again after `regenerate` and
 * `reload`, defaults shown to anonymous visitors without storing anything, a lost identity is given a new id, authority
 * is asked for again, and before the response ends what cannot be stored is taken out and what changed is saved, so that
 * a store that is down is answered with `STORE_DOWN` (503) and no cookie.
 *
 * @throws TypeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession, healingStore, type SessionStore } from '@resilient/session';
 * import { sessionHealing } from '@resilient/session/express';
 * import express from 'express';
 * import session from 'express-session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const app = express();
 * const use = (store: SessionStore, secret: string) => {
 *   app.use(session({ secret, resave: false, saveUninitialized: false, store: healingStore(store, shape) }));
 *   app.use(sessionHealing(shape));
 * };
 * ```
 */
export function sessionHealing(
  shape: SessionShape,
  options: SessionHealingOptions = {},
): SessionHealingMiddleware {
  checkKnown('sessionHealing', options, ['name', 'logger', 'clock', 'onRepair']);
  if (options.onRepair !== undefined) checkType('onRepair', options.onRepair, 'function');
  const care = new SessionCare(shape, options);
  let isWarned = false;
  return function sessionHealing(request, response, next) {
    const exchange = [care, request as SessionRequest, response as SessionResponse, next as Next] as const;
    const { session, sessionStore, sessionOptions } = request as SessionRequest;
    if (isServerSession(session)) {
      if (!isWarned && !(sessionStore instanceof HostStore)) {
        isWarned = true;
        care.logger.warn(
          {},
          'the session store is not wrapped by `healingStore`: a damaged row is met before healing',
        );
      }
      new ServerSession(...exchange).begin(session);
    } else if (sessionOptions !== undefined && typeof session === 'object' && session !== null) {
      new CookieSession(...exchange).begin(session);
    } else next();
  };
}
