import { randomUUID } from 'node:crypto';
import { healingStore } from '@resilient/session';
import { sessionHealing } from '@resilient/session/express';
import express from 'express';
import session, { type Store } from 'express-session';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import type { Site } from './hosts/host.ts';
import { listening } from './hosts/listening.ts';
import { recordingLogger } from './hosts/recording-logger.ts';
import { SECRET, TextStore } from './hosts/text-store.ts';

const sites: Site[] = [];
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve)); // express logs after it has answered
  vi.restoreAllMocks();
  await Promise.all(sites.splice(0).map((site) => site.close()));
});

interface Settings {
  readonly options?: Partial<session.SessionOptions>;
  readonly isWrapped?: boolean;
  readonly pages?: (app: express.Express) => void;
  readonly env?: string;
}

async function start({ options = {}, isWrapped = true, pages, env = 'test' }: Settings = {}) {
  const store = new TextStore();
  const { logger, lines } = recordingLogger();
  const app = express();
  app.set('env', env);
  app.use(
    session({
      secret: 'thirty-two characters are needed.',
      resave: false,
      saveUninitialized: false,
      ...(isWrapped && { store: healingStore(store, shape, { logger }) as Store }),
      ...options,
    }),
  );
  app.use(sessionHealing(shape, { logger }));
  app.get('/login', (request, response) => {
    Object.assign(request.session, { userId: request.query.user, role: 'student' });
    response.send('in');
  });
  app.get('/', (request, response) => {
    response.json({ user: Reflect.get(request.session, 'userId') ?? null });
  });
  pages?.(app);
  const site = await listening(app);
  sites.push(site);
  return { store, lines, browser: new Browser(site.url) };
}

describe('express-session', () => {
  test('is told apart from a site that stores a session for every visitor', async () => {
    const { browser, lines } = await start({ options: { saveUninitialized: true } });
    await browser.twin().send('/');
    await browser.twin().send('/');
    expect(lines).toEqual([expect.stringContaining('saveUninitialized')]);
    const quiet = await start();
    await quiet.browser.send('/');
    expect(quiet.lines).toEqual([]);
  });

  test('says once that its store is not wrapped, and heals its keys all the same', async () => {
    const { browser, lines } = await start({ isWrapped: false });
    const user = randomUUID();
    await browser.send(`/login?user=${user}`);
    expect(await browser.json('/')).toEqual({ user });
    expect(lines).toEqual([expect.stringContaining('not wrapped')]);
  });

  test.each(['production', 'development'])(
    'in %s, its own error page says nothing of the driver',
    async (env) => {
      vi.spyOn(console, 'error').mockImplementation(() => {}); // where express logs
      const { browser, store } = await start({ env });
      await browser.send(`/login?user=${randomUUID()}`);
      const jar = new Map(browser.jar);
      for (const failing of [{ reads: true }, { writes: true }]) {
        store.failing = failing;
        const answer = await browser.send(`/login?user=${randomUUID()}`);
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(answer.body).not.toContain(SECRET);
        expect(browser.jar).toEqual(jar);
      }
    },
  );

  test("the application's error page replaces the page that was made, with nothing of its headers", async () => {
    const { browser, store } = await start({
      pages: (app) => {
        app.get('/large', (request, response) => {
          Object.assign(request.session, { note: 'n' });
          response.type('text/plain').set('etag', '"page"').send('x'.repeat(1_000));
        });
        app.use(((error, _request, response, _next) => {
          response.send(`<p>${(error as { code: string }).code}</p>`);
        }) as express.ErrorRequestHandler);
      },
    });
    store.failing = { writes: true };
    const answer = await browser.send('/large');
    expect([answer.status, answer.body]).toEqual([503, '<p>STORE_DOWN</p>']);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('etag')).not.toBe('"page"');
    expect(answer.setCookies).toEqual([]);
  });

  test('a page that is sent in parts is sent, and what changed before its first part is stored', async () => {
    const { browser } = await start({
      pages: (app) => {
        app.get('/parts', (request, response) => {
          const its = request.session as unknown as Record<string, unknown>;
          (its.cart as string[]).push('book');
          response.write('one ');
          its.bad = 10n;
          setImmediate(() => response.end('two'));
        });
        app.get('/cart', (request, response) => {
          response.json(Reflect.get(request.session, 'cart'));
        });
      },
    });
    const answer = await browser.send('/parts', 3_000);
    expect([answer.status, answer.body]).toEqual([200, 'one two']);
    expect(await browser.json('/cart')).toEqual(['book']);
  });

  test('`req.session = null` and a session that was destroyed stay as they are', async () => {
    const { browser, store } = await start({
      pages: (app) => {
        app.get('/null', (request, response) => {
          request.session = null as never;
          response.json({ session: request.session });
        });
        app.get('/destroy', (request, response) => {
          request.session.destroy(() => response.json({ session: request.session === undefined }));
        });
      },
    });
    await browser.send(`/login?user=${randomUUID()}`);
    expect(await browser.json('/null')).toEqual({ session: null });
    expect(store.rows.size).toBe(1);
    expect(await browser.json('/destroy')).toEqual({ session: true });
    expect(store.rows.size).toBe(0);
  });

  test('many kinds of values in place of the session: answered, never stored as they are', async () => {
    const { browser, store } = await start({
      pages: (app) => {
        app.get('/assign', (request, response) => {
          const values: unknown[] = [
            'text',
            42,
            [1],
            { save: 1, cookie: 2, id: 3, note: 'n' },
            Object.create(null),
          ];
          request.session = values[Number(request.query.n)] as never;
          response.send('ok');
        });
      },
    });
    for (let n = 0; n < 5; n += 1) {
      await browser.send(`/login?user=${randomUUID()}`);
      const answer = await browser.send(`/assign?n=${n}`, 3_000);
      expect([answer.status, answer.body]).toEqual([200, 'ok']);
    }
    const row = JSON.parse([...store.rows.values()][0] ?? '{}') as object;
    expect(Object.keys(row)).not.toContain('userId');
  });
});

test('wrong options are refused when it is made', () => {
  expect(() => sessionHealing({} as never)).toThrow('expected `shape` to be made by defineSession');
  expect(() => sessionHealing(shape, { onRepair: 1 as never })).toThrow('expected `onRepair`');
  expect(() => sessionHealing(shape, { onRepairs: 1 } as never)).toThrow('onRepairs');
});
