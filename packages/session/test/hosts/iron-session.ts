import { healIronSession } from '@resilient/session/iron';
import { sealData } from 'iron-session';
import type { Handling, Host } from './host.ts';
import { listening } from './listening.ts';
import { page } from './pages.ts';

const options = {
  cookieName: 'site',
  password: 'thirty-two characters are needed.',
  cookieOptions: { secure: false, sameSite: 'strict' as const },
};

export const ironSession: Host = {
  name: 'iron-session',
  keeps: 'cookie',
  cookie: 'site',
  attributes: ['path=/', 'max-age', 'httponly', 'samesite=strict'],
  cannot: ['give a new id'],
  async start(shape, _store, healing) {
    const { logger, onRepair } = healing;
    return listening(async (request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://host');
      try {
        const session = await healIronSession(request, response, options, shape, { logger, onRepair });
        const values = session as unknown as Record<string, unknown>;
        const handling: Handling = {
          session: values,
          query,
          assign: (value) => {
            for (const key of Object.keys(values)) delete values[key];
            Object.assign(values, value);
          },
          regenerate: async () => {
            delete values.userId; // it has no ids, and nothing like it
            delete values.role;
          },
          destroy: async () => session.destroy(),
          commit: () => session.save(),
        };
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify(await page(pathname, handling)));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  },
  async forge(text) {
    const seal = await sealData(JSON.parse(text), { password: options.password });
    return `site=${seal}`;
  },
};
