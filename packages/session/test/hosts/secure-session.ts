import { defineSession } from '@resilient/session';
import { healedSecureSession } from '@resilient/session/secure-session';
import fastify, { type FastifyRequest } from 'fastify';
import type { Handling, Host } from './host.ts';
import { page } from './pages.ts';

const KEY = Buffer.alloc(32, 7);

interface Session extends Record<string, unknown> {
  regenerate(): void;
  delete(): void;
}

const handling = (request: FastifyRequest): Handling => ({
  get session() {
    return request.session as unknown as Session;
  },
  query: new URL(request.url, 'http://host').searchParams,
  assign: (value) => {
    request.session = value as never;
  },
  regenerate: async () => {
    (request.session as unknown as Session).regenerate();
  },
  destroy: async () => {
    (request.session as unknown as Session).delete();
  },
  commit: async () => {},
});

function secureSite(
  shape: Parameters<Host['start']>[0],
  options: Pick<Parameters<Host['start']>[2], 'logger' | 'onRepair'>,
) {
  const app = fastify({ logger: { level: 'silent' }, forceCloseConnections: true });
  app.register(
    healedSecureSession(shape, {
      key: KEY,
      cookie: { path: '/', httpOnly: true, sameSite: 'strict', maxAge: 3_600 },
      ...options,
    }),
  );
  app.get('/*', async (request, reply) => {
    reply.type('application/json');
    return JSON.stringify(await page(new URL(request.url, 'http://host').pathname, handling(request)));
  });
  return app;
}

export const secureSession: Host = {
  name: '@fastify/secure-session',
  keeps: 'cookie',
  cookie: 'session',
  attributes: ['path=/', 'max-age=3600', 'httponly', 'samesite=strict'],
  cannot: ['give a new id'],
  async start(shape, _store, { logger, onRepair }) {
    const app = secureSite(shape, { ...(logger && { logger }), ...(onRepair && { onRepair }) });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    return { url, close: () => app.close() };
  },
  async forge(text) {
    const app = secureSite(defineSession({ keys: {} }), {});
    await app.ready();
    const session = app.createSecureSession({});
    const [symbol] = Object.getOwnPropertySymbols(session);
    Reflect.set(session, symbol as symbol, JSON.parse(text));
    const value = app.encodeSecureSession(session);
    await app.close();
    return `session=${encodeURIComponent(value)}`;
  },
};
