import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healingStore, type SessionStore } from '@resilient/session';
import { sessionHealing } from '@resilient/session/express';
import express from 'express';
import session from 'express-session';
import { type Hands, handle } from './handle.ts';
import { type MemoryStore, TouchingStore } from './memory-store.ts';
import { shape, silent } from './shape.ts';
import type { Site } from './transcript.ts';

/** The site on express-session, with or without what heals it. */
export interface ExpressOptions extends Partial<session.SessionOptions> {
  readonly memory?: () => MemoryStore;
}

const done = (work: (callback: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    work((error) => (error ? reject(error as Error) : resolve()));
  });

const handsOf = (request: express.Request): Hands => ({
  get session() {
    return request.session as never;
  },
  login: () => done((callback) => request.session.regenerate(callback)),
  logout: () => done((callback) => request.session.destroy(callback)),
  save: () => done((callback) => request.session.save(callback)),
  reload: () => done((callback) => request.session.reload(callback)),
  lifetime: (ms) => {
    if (ms === 0) request.session.cookie.expires = null;
    else request.session.cookie.maxAge = ms;
  },
  cookie: () => request.session.cookie,
  id: () => [request.session.id, request.sessionID],
});

/** Starts it; `store` is express-session's own `Store` in the plain site, as its documentation asks. */
export async function expressSite(isHealed: boolean, { memory, ...options }: ExpressOptions): Promise<Site> {
  const store = memory?.() ?? new TouchingStore();
  const app = express();
  app.set('env', 'test');
  if (options.proxy === true) app.set('trust proxy', 1);
  const base = Object.assign(new session.MemoryStore(), methodsOf(store));
  app.use(
    session({
      secret: 'thirty-two characters are needed.',
      resave: false,
      saveUninitialized: false,
      ...options,
      store: isHealed
        ? (healingStore(store as SessionStore, shape, { logger: silent }) as session.Store)
        : base,
    }),
  );
  if (isHealed) app.use(sessionHealing(shape, { logger: silent }));
  app.use(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    const shown = await handle(pathname, searchParams, handsOf(request));
    if (pathname === '/parts') {
      response.write('one ');
      response.write('two ');
      response.end('three');
    } else if (pathname === '/empty') response.status(204).end();
    else if (pathname === '/redirect') response.redirect('/elsewhere');
    else if (pathname === '/head') {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('by hand');
    } else if (request.session === undefined || request.session === null) response.json('no session');
    else response.json(shown);
  });
  app.use(
    (
      error: Error & { status?: number },
      _: express.Request,
      response: express.Response,
      next: () => void,
    ) => {
      if (response.headersSent) next();
      else response.status(error.status ?? 500).send(error.message);
    },
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** The store's methods, without those of its base: express-session looks whether there is a `touch`. */
function methodsOf(store: MemoryStore): object {
  const methods: Record<string, unknown> = { touch: undefined };
  for (const name of ['get', 'set', 'destroy', 'touch'] as const) {
    const method = (store as unknown as Record<string, unknown>)[name];
    if (typeof method === 'function') methods[name] = method.bind(store);
  }
  return methods;
}
