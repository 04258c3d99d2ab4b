import fastifyCookie from '@fastify/cookie';
import plainSession from '@fastify/session';
import { healedSession } from '@resilient/session/fastify';
import fastify, { type FastifyRequest } from 'fastify';
import type { Handling, Host } from './host.ts';
import { page } from './pages.ts';

const handling = (request: FastifyRequest): Handling => ({
  get session() {
    return request.session as unknown as Record<string, unknown>;
  },
  query: new URL(request.url, 'http://host').searchParams,
  assign: (value) => {
    request.session = value as never;
  },
  regenerate: () => request.session.regenerate(),
  destroy: () => request.session.destroy(),
  reload: () => request.session.reload(),
  commit: async () => {},
});

export const fastifySession: Host = {
  name: '@fastify/session',
  keeps: 'rows',
  cookie: 'sessionId',
  attributes: ['path=/', 'expires', 'httponly', 'samesite=strict'],
  cannot: [],
  async start(shape, store, { rolling = false, bare = false, ...options }) {
    const app = fastify({ logger: { level: 'silent' }, forceCloseConnections: true });
    const own = {
      secret: 'thirty-two characters are needed.',
      cookie: { secure: false, maxAge: 3_600_000, sameSite: 'strict', httpOnly: true, path: '/' },
      rolling,
    } as const;
    if (bare) {
      await app.register(fastifyCookie);
      await app.register(plainSession, { ...own, saveUninitialized: false, store: store as never });
    } else app.register(healedSession(shape, { ...own, store, ...options }));
    app.get('/*', async (request, reply) => {
      reply.type('application/json');
      return JSON.stringify(await page(new URL(request.url, 'http://host').pathname, handling(request)));
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    return { url, close: () => app.close() };
  },
};
