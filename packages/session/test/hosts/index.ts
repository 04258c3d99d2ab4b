import { cookieSession } from './cookie-session.ts';
import { expressSession } from './express-session.ts';
import { fastifySession } from './fastify-session.ts';
import { honoSession } from './hono-session.ts';
import type { Host } from './host.ts';
import { ironSession } from './iron-session.ts';
import { koaCookieSession, koaSession } from './koa-session.ts';
import { secureSession } from './secure-session.ts';

/** Every host that there is an adapter for. */
export const HOSTS: readonly Host[] = [
  expressSession,
  fastifySession,
  koaSession,
  honoSession,
  cookieSession,
  koaCookieSession,
  secureSession,
  ironSession,
];
