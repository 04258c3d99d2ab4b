import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healedStore, type KoaStore, sessionHealing } from '@resilient/session/koa';
import Koa from 'koa';
import session from 'koa-session';
import { type Hands, handle } from './handle.ts';
import { MemoryStore } from './memory-store.ts';
import { shape, silent } from './shape.ts';
import type { Site } from './transcript.ts';

/** The site on koa-session, with or without what heals it; `inCookie` for no store at all. */
export interface KoaOptions extends Partial<Omit<Parameters<typeof session>[0], 'store'>> {
  readonly inCookie?: boolean;
}

interface KoaSession extends Record<string, unknown> {
  maxAge: number | string;
  externalKey?: string;
  save(): Promise<void>;
  regenerate(): Promise<void>;
}

const handsOf = (ctx: { session: KoaSession | null }): Hands => ({
  get session() {
    return ctx.session;
  },
  login: async () => ctx.session?.regenerate(),
  logout: async () => {
    ctx.session = null;
  },
  save: async () => ctx.session?.save(),
  reload: async () => {
    ctx.session = { assigned: true } as never;
  },
  lifetime: (ms) => {
    if (ctx.session) ctx.session.maxAge = ms === 0 ? 'session' : ms;
  },
  cookie: () => [ctx.session?.maxAge, ctx.session?.length, ctx.session?.populated, ctx.session?.isNew],
  id: () => [ctx.session?.externalKey],
});

const inMemory = (store: MemoryStore): KoaStore => ({
  get: (key) =>
    new Promise((resolve, reject) => {
      store.get(key, (error, row) => (error ? reject(error as Error) : resolve(row)));
    }),
  set: (key, row) =>
    new Promise<void>((resolve, reject) => {
      store.set(key, row, (error) => (error ? reject(error as Error) : resolve()));
    }),
  destroy: (key) =>
    new Promise<void>((resolve, reject) => {
      store.destroy(key, (error) => (error ? reject(error as Error) : resolve()));
    }),
});

/** Starts it. */
export async function koaSite(
  isHealed: boolean,
  { inCookie = false, ...options }: KoaOptions,
): Promise<Site> {
  const store = new MemoryStore();
  const app = new Koa();
  app.keys = ['thirty-two characters are needed.'];
  app.silent = true;
  const inner = inMemory(store);
  const rows = inCookie ? {} : { store: isHealed ? healedStore(inner, shape, { logger: silent }) : inner };
  app.use(session({ ...options, ...rows } as never, app));
  if (isHealed) app.use(sessionHealing(shape, { logger: silent }) as never);
  app.use(async (ctx) => {
    const { pathname, searchParams } = new URL(ctx.url, 'http://host');
    const shown = await handle(pathname, searchParams, handsOf(ctx as never));
    if (pathname === '/empty') ctx.status = 204;
    else if (pathname === '/redirect') ctx.redirect('/elsewhere');
    else ctx.body = JSON.stringify(shown ?? null);
  });
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
