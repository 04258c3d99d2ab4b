import { createHmac } from 'node:crypto';
import type { SessionStore } from '@resilient/session';
import { healedStore, sessionHealing } from '@resilient/session/koa';
import Koa from 'koa';
import session from 'koa-session';
import type { Handling, Host, Site } from './host.ts';
import { listening } from './listening.ts';
import { page } from './pages.ts';

type Context = Koa.Context & {
  session: (Record<string, unknown> & { regenerate(): Promise<void>; toJSON(): object }) | null;
};

const handling = (ctx: Context): Handling => ({
  get session() {
    return ctx.session ?? undefined;
  },
  query: ctx.URL.searchParams,
  assign: (value) => {
    ctx.session = value as never;
  },
  regenerate: async () => {
    ctx.session = {} as Context['session'];
    await (ctx.session as Context['session'])?.regenerate();
  },
  destroy: async () => {
    ctx.session = null;
  },
  commit: async () => {},
});

function plainStore(store: SessionStore): object {
  const settled = (work: (done: (error?: unknown, row?: unknown) => void) => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      work((error, row) => (error ? reject(error as Error) : resolve(row)));
    });
  return {
    get: (id: string) => settled((done) => store.get(id, done)),
    set: (id: string, row: object) => settled((done) => store.set(id, row, done)),
    destroy: (id: string) => settled((done) => store.destroy(id, done)),
  };
}

const KEY = 'thirty-two characters are needed.';

/** The rest of a site, the same with a store and without one. */
function siteOf(options: object, healing: Koa.Middleware | undefined): Promise<Site> {
  const app = new Koa();
  app.keys = [KEY];
  app.silent = true;
  const own = { maxAge: 3_600_000, httpOnly: true, sameSite: 'strict', ...options };
  app.use(session(own as never, app as never) as never);
  if (healing !== undefined) app.use(healing);
  app.use(async (ctx) => {
    ctx.type = 'json';
    ctx.body = JSON.stringify(await page(ctx.path, handling(ctx as unknown as Context)));
  });
  return listening(app.callback());
}

export const koaSession: Host = {
  name: 'koa-session',
  keeps: 'rows',
  cookie: 'koa.sess',
  attributes: ['path=/', 'expires', 'httponly', 'samesite=strict'],
  cannot: [],
  async start(
    shape,
    store,
    { onStoreDown, storeTimeoutMs, quarantine, rolling = false, bare = false, logger, onRepair },
  ) {
    const options = {
      ...(onStoreDown && { onStoreDown }),
      ...(storeTimeoutMs && { storeTimeoutMs }),
      ...(quarantine && { quarantine }),
      ...(logger && { logger }),
    };
    const healed = bare ? plainStore(store) : healedStore({ callbacks: store }, shape, options);
    return siteOf({ store: healed, rolling }, bare ? undefined : sessionHealing(shape, { logger, onRepair }));
  },
};

/** Without a store: all of the session is in a signed cookie. */
export const koaCookieSession: Host = {
  name: 'koa-session without a store',
  keeps: 'cookie',
  cookie: 'koa.sess',
  attributes: ['path=/', 'expires', 'httponly', 'samesite=strict'],
  cannot: ['give a new id'],
  start: (shape, _store, { rolling = false, bare = false, logger, onRepair }) =>
    siteOf({ rolling }, bare ? undefined : sessionHealing(shape, { logger, onRepair })),
  forge(text) {
    const value = Buffer.from(text).toString('base64');
    const signature = createHmac('sha1', KEY).update(`koa.sess=${value}`).digest('base64url');
    return `koa.sess=${value}; koa.sess.sig=${signature}`;
  },
};
