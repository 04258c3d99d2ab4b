import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { getRequestListener } from '@hono/node-server';
import { type SessionEnv, useSession, useSessionStorage } from '@hono/session';
import type { HealthHandlerOptions, HealthMonitor } from '@resilient/health';
import * as onExpress from '@resilient/health/express';
import * as onFastify from '@resilient/health/fastify';
import * as onHono from '@resilient/health/hono';
import * as onKoa from '@resilient/health/koa';
import express, { type Request as ExpressRequest } from 'express';
import expressSession from 'express-session';
import fastify, { type FastifyRequest } from 'fastify';
import { Hono, type Context as HonoContext } from 'hono';
import Koa, { type Context as KoaContext } from 'koa';
import koaSession from 'koa-session';
import { TOKEN } from './console-server.ts';

/** An application with sessions, and the console behind them if it was given a monitor. */
export interface SessionSite extends AsyncDisposable {
  readonly url: string;
}

/** A framework with its sessions: `/login/admin` logs in as `admin`; everything else is the framework's own 404. */
export interface SessionHost {
  readonly name: string;
  start(monitor?: HealthMonitor, allowed?: 'by session' | 'nobody'): Promise<SessionSite>;
}

const SECRET = 'thirty-two characters are needed';

/** What an application may do with a role: only `admin` is `true`, and two roles make it fail. */
function allows(role: unknown): unknown {
  if (role === 'throws') throw new Error('the roles cannot be read');
  return role === 'silent' ? new Promise(() => undefined) : role === 'admin' || role;
}

/** The console for whose session says so, the token is taken as well, but nobody here has it; or for nobody at all. */
const consoleFor = (
  allowed: 'by session' | 'nobody' = 'by session',
  roleOf: (host: never) => unknown,
): HealthHandlerOptions =>
  allowed === 'nobody'
    ? { routes: 'console' }
    : {
        routes: 'console',
        token: TOKEN,
        authorize: async (_request, host) => allows(await roleOf(host as never)),
      };

async function listen(server: Server): Promise<SessionSite> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Roles {
  role?: string;
}

const onExpressSession: SessionHost = {
  name: 'express-session',
  async start(monitor, allowed) {
    const app = express();
    app.use(expressSession({ secret: SECRET, resave: false, saveUninitialized: false }));
    const roleOf = (request: ExpressRequest): unknown => (request.session as Roles).role;
    if (monitor !== undefined) app.use(onExpress.healthRoutes(monitor, consoleFor(allowed, roleOf)));
    app.get('/login/:role', (request, response) => {
      (request.session as Roles).role = request.params.role;
      response.end('in');
    });
    return listen(createServer(app));
  },
};

const onFastifySession: SessionHost = {
  name: '@fastify/session',
  async start(monitor, allowed) {
    const app = fastify({ forceCloseConnections: true });
    await app.register(cookie);
    await app.register(fastifySession, {
      secret: SECRET,
      cookie: { secure: false },
      saveUninitialized: false,
      rolling: false,
    });
    const roleOf = (request: FastifyRequest): unknown => (request.session as Roles).role;
    if (monitor !== undefined)
      await app.register(onFastify.healthRoutes(monitor, consoleFor(allowed, roleOf)));
    app.get('/login/:role', async (request) => {
      (request.session as Roles).role = (request.params as { role: string }).role;
      return 'in';
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, [Symbol.asyncDispose]: () => app.close() };
  },
};

const onHonoSession: SessionHost = {
  name: '@hono/session',
  async start(monitor, allowed) {
    const rows = new Map<string, Roles>();
    const app = new Hono<SessionEnv>();
    app.use(
      useSessionStorage({
        delete: (sid) => void rows.delete(sid),
        get: (sid) => rows.get(sid) ?? null,
        set: (sid, value: Roles) => void rows.set(sid, value),
      }) as never,
    );
    app.use(useSession({ secret: SECRET }) as never);
    const roleOf = async (context: HonoContext<SessionEnv>): Promise<unknown> =>
      (await context.get('session').get())?.role;
    // Whoever reads this session answers with its cookie, so the application reads it for every request.
    app.use(async (context, next) => {
      await roleOf(context);
      await next();
    });
    if (monitor !== undefined) app.use(onHono.healthRoutes(monitor, consoleFor(allowed, roleOf)));
    app.get('/login/:role', async (context) => {
      await context.get('session').update({ role: context.req.param('role') });
      return context.text('in');
    });
    return listen(createServer(getRequestListener(app.fetch)));
  },
};

const onKoaSession: SessionHost = {
  name: 'koa-session',
  async start(monitor, allowed) {
    const app = new Koa();
    app.keys = [SECRET];
    app.use(koaSession(app) as never);
    const sessionOf = (context: KoaContext): Roles => context.session as Roles;
    const roleOf = (context: KoaContext): unknown => sessionOf(context).role;
    if (monitor !== undefined) app.use(onKoa.healthRoutes(monitor, consoleFor(allowed, roleOf)));
    app.use((context) => {
      const [, role] = /^\/login\/(\w+)$/.exec(context.path) ?? [];
      if (role === undefined) return;
      sessionOf(context).role = role;
      context.body = 'in';
    });
    return listen(createServer(app.callback()));
  },
};

/** The sessions of every framework. */
export const SESSION_HOSTS: readonly SessionHost[] = [
  onExpressSession,
  onFastifySession,
  onHonoSession,
  onKoaSession,
];
