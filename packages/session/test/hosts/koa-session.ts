import type { SessionStore } from '@resilient/session';
import { healedStore, sessionHealing } from '@resilient/session/koa';
import Koa from 'koa';
import session from 'koa-session';
import type { Handling, Host } from './host.ts';
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
    const app = new Koa();
    app.keys = ['thirty-two characters are needed.'];
    app.silent = true;
    const options = {
      ...(onStoreDown && { onStoreDown }),
      ...(storeTimeoutMs && { storeTimeoutMs }),
      ...(quarantine && { quarantine }),
      ...(logger && { logger }),
    };
    const healed = bare ? plainStore(store) : healedStore({ callbacks: store }, shape, options);
    app.use(
      session(
        { store: healed as never, maxAge: 3_600_000, rolling, httpOnly: true, sameSite: 'strict' } as never,
        app as never,
      ) as never,
    );
    if (!bare) app.use(sessionHealing(shape, { logger, onRepair }));
    app.use(async (ctx) => {
      ctx.type = 'json';
      ctx.body = JSON.stringify(await page(ctx.path, handling(ctx as unknown as Context)));
    });
    return listening(app.callback());
  },
};
