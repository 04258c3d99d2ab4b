import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { useSession, useSessionStorage } from '@hono/session';
import { healedStorage } from '@resilient/session/hono';
import { type Context, Hono } from 'hono';
import type { Handling, Host } from './host.ts';
import { page } from './pages.ts';

interface Session {
  get(): Promise<Record<string, unknown> | null>;
  update(data: Record<string, unknown>): Promise<void>;
  delete(): void;
}

async function handling(context: Context): Promise<Handling> {
  const session = context.get('session') as Session;
  let data: Record<string, unknown> | undefined = (await session.get()) ?? undefined;
  return {
    get session() {
      return data;
    },
    query: new URL(context.req.url).searchParams,
    assign: (value) => {
      data = value as Record<string, unknown>;
    },
    regenerate: async () => {
      data = {};
    },
    destroy: async () => session.delete(),
    commit: () => session.update(data as Record<string, unknown>),
  };
}

export const honoSession: Host = {
  name: '@hono/session',
  keeps: 'rows',
  cookie: 'sid',
  attributes: ['path=/', 'httponly', 'samesite=lax'],
  cannot: ['give a new id', 'show defaults without a row', 'wait for a write', 'read without a cookie'],
  async start(shape, store, { onStoreDown, storeTimeoutMs, quarantine, logger, onRepair }) {
    const app = new Hono();
    const options = {
      ...(onStoreDown && { onStoreDown }),
      ...(storeTimeoutMs && { storeTimeoutMs }),
      ...(quarantine && { quarantine }),
      ...(logger && { logger }),
      ...(onRepair && { onRepair }),
    };
    app.use(useSessionStorage(healedStorage({ callbacks: store }, shape, options) as never));
    app.use(useSession({ secret: 'thirty-two characters are needed' }) as never);
    app.get('/*', async (context) => {
      const body = (await page(context.req.path, await handling(context))) as object;
      return context.json(body);
    });
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise<void>((resolve) => {
      server.on('listening', resolve);
    });
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          (server as { closeAllConnections?: () => void }).closeAllConnections?.();
        }),
    };
  },
};
