import { createRequire } from 'node:module';
import { healingStore } from '@resilient/session';
import { sessionHealing } from '@resilient/session/express';
import type { RequestHandler } from 'express';
import type expressSession from 'express-session';
import { silent } from '../shape.ts';
import { shape } from './shape.ts';

const host = createRequire(import.meta.url)(process.env.SUITE_LIBRARY ?? '') as typeof expressSession;

/** What the suite of express-session gets as `session`: the host with its store wrapped, and our middleware after it. */
const healed = (options: Partial<expressSession.SessionOptions> = {}): RequestHandler => {
  const store = healingStore(options.store ?? new host.MemoryStore(), shape, { logger: silent });
  const load = host({ ...options, store: store as expressSession.Store } as expressSession.SessionOptions);
  const heal = sessionHealing(shape, { logger: silent });
  return (request, response, next) => {
    load(request, response, (error?: unknown) => {
      if (error) next(error);
      else heal(request, response, next);
    });
  };
};

const between = Object.assign(healed, host);

export { between as 'module.exports' };
