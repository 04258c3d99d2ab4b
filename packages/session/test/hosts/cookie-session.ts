import { createHmac } from 'node:crypto';
import { sessionHealing } from '@resilient/session/express';
import session from 'cookie-session';
import express from 'express';
import type { Handling, Host } from './host.ts';
import { listening } from './listening.ts';
import { page } from './pages.ts';

const KEY = 'thirty-two characters are needed.';

const handling = (request: express.Request): Handling => ({
  get session() {
    return (request.session as unknown as Record<string, unknown> | null) ?? undefined;
  },
  query: new URL(request.url, 'http://host').searchParams,
  assign: (value) => {
    request.session = value as never;
  },
  regenerate: async () => {
    request.session = {} as never;
  },
  destroy: async () => {
    request.session = null as never;
  },
  commit: async () => {},
});

export const cookieSession: Host = {
  name: 'cookie-session',
  keeps: 'cookie',
  cookie: 'session',
  attributes: ['path=/', 'expires', 'httponly', 'samesite=strict'],
  cannot: ['give a new id'],
  async start(shape, _store, { logger, onRepair }) {
    const app = express();
    app.set('env', 'test');
    app.use(session({ keys: [KEY], maxAge: 3_600_000, sameSite: 'strict' }));
    app.use(sessionHealing(shape, { logger, onRepair }));
    app.use(async (request, response) => {
      response.json(await page(request.path, handling(request)));
    });
    return listening(app);
  },
  forge(text) {
    const value = Buffer.from(text).toString('base64');
    const signature = createHmac('sha1', KEY).update(`session=${value}`).digest('base64url');
    return `session=${value}; session.sig=${signature}`;
  },
};
