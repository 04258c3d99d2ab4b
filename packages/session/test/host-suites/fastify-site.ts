import fastifyCookie from '@fastify/cookie';
import fastifySession, { type FastifySessionOptions } from '@fastify/session';
import { healedSession } from '@resilient/session/fastify';
import fastify, { type FastifyRequest } from 'fastify';
import { type Hands, handle } from './handle.ts';
import { type MemoryStore, TouchingStore } from './memory-store.ts';
import { shape, silent } from './shape.ts';
import type { Site } from './transcript.ts';

/** The site on `@fastify/session`, with or without what heals it. */
export interface FastifyOptions extends Partial<Omit<FastifySessionOptions, 'store'>> {
  readonly memory?: () => MemoryStore;
  readonly trustProxy?: boolean;
}

const handsOf = (request: FastifyRequest): Hands => ({
  get session() {
    return request.session as never;
  },
  login: () => request.session.regenerate(),
  logout: () => request.session.destroy(),
  save: () => request.session.save(),
  reload: () => request.session.reload(),
  lifetime: (ms) => {
    if (ms === 0) request.session.options({ maxAge: undefined as never });
    else request.session.cookie.maxAge = ms;
  },
  cookie: () => JSON.parse(JSON.stringify(request.session.cookie)),
  id: () => [request.session.sessionId],
});

/** Starts it. */
export async function fastifySite(
  isHealed: boolean,
  { memory, trustProxy = false, ...options }: FastifyOptions,
): Promise<Site> {
  const store = memory?.() ?? new TouchingStore();
  const app = fastify({ trustProxy, forceCloseConnections: true });
  const chosen = {
    secret: 'thirty-two characters are needed.',
    saveUninitialized: false,
    ...options,
    cookie: { secure: false, ...options.cookie },
    store: store as never,
  };
  if (isHealed) app.register(healedSession(shape, { ...chosen, logger: silent }));
  else {
    app.register(fastifyCookie);
    app.register(fastifySession, chosen);
  }
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
    reply.status(error.statusCode ?? 500).send(error.message),
  );
  app.get('/*', async (request, reply) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    const shown = await handle(pathname, searchParams, handsOf(request));
    if (pathname === '/empty') return reply.status(204).send();
    if (pathname === '/redirect') return reply.redirect('/elsewhere');
    if (pathname === '/head') return reply.type('text/plain').send('by hand');
    return reply.type('application/json').send(JSON.stringify(shown ?? null));
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, store, close: () => app.close() };
}
