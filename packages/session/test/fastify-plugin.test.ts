import fastifyCookie from '@fastify/cookie';
import { defineSession, type SessionStore } from '@resilient/session';
import { healedSession } from '@resilient/session/fastify';
import { createSessionStore } from '@resilient/session/kysely';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { createApp } from './fixture/app.ts';
import { openSqlite } from './fixture/database.ts';
import { shape } from './fixture/shape.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };

describe('the plugin', () => {
  test('an expired session becomes a new one that stores nothing, with a store that answers at once', async () => {
    const rows = new Map<string, string>();
    const store: SessionStore = {
      get: (id, callback) => callback(null, JSON.parse(rows.get(id) ?? 'null')),
      set: (id, session, callback) => {
        rows.set(id, JSON.stringify(session));
        callback();
      },
      destroy: (id, callback) => {
        rows.delete(id);
        callback();
      },
    };
    const app = createApp({ store });
    const login = await app.inject({ method: 'POST', url: '/login' });
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
    const [id = ''] = rows.keys();
    rows.set(
      id,
      JSON.stringify({ ...JSON.parse(rows.get(id) ?? ''), cookie: { expires: '2020-01-01T00:00:00.000Z' } }),
    );
    const answer = await app.inject({ url: '/', headers: { cookie } });
    expect(answer.json()).toMatchObject({ user: 'please log in', xp: 0, cart: [] });
    expect(rows.has(id)).toBe(false);
    expect([...rows.values()].join()).not.toContain('cart');
    await app.close();
  });

  test('a session that is too large is an error of its own, on the page of the application', async () => {
    const db = openSqlite(':memory:');
    const app = createApp({ store: createSessionStore(db, { maxBytes: 400 }), logger: quiet });
    app.setErrorHandler((error, _request, reply) =>
      reply.code(500).send(`page: ${(error as { code?: string }).code}`),
    );
    app.post('/large', async (request) => {
      request.session.note = 'x'.repeat(500);
      return 'ok';
    });
    const answer = await app.inject({ method: 'POST', url: '/large' });
    expect([answer.statusCode, answer.body]).toEqual([500, 'page: SESSION_TOO_LARGE']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    await app.close();
    await db.destroy();
  });

  test('registers @fastify/cookie only if it is not there', async () => {
    const app = fastify();
    await app.register(fastifyCookie);
    await app.register(healedSession(shape, { secret: 'thirty-two characters are needed.' }));
    app.get('/', async (request) => ({ xp: request.session.xp }));
    expect((await app.inject('/')).json()).toEqual({ xp: 0 });
    await app.close();
  });

  test('needs no store to be tried out, and leaves requests outside the path of the cookie alone', async () => {
    const app = fastify();
    await app.register(
      healedSession(shape, {
        secret: 'thirty-two characters are needed.',
        cookie: { path: '/site', secure: false },
      }),
    );
    app.get('/other', async (request) => ({ xp: request.session.xp ?? 'none' }));
    app.get('/site/page', async (request) => {
      request.session.xp += 1;
      return { xp: request.session.xp };
    });
    expect((await app.inject('/other')).json()).toEqual({ xp: 'none' });
    const first = await app.inject('/site/page');
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    expect((await app.inject({ url: '/site/page', headers: { cookie } })).json()).toEqual({ xp: 2 });
    await app.close();
  });

  test('warns where saveUninitialized is on, and still shows the defaults', async () => {
    const lines: unknown[] = [];
    const logger = { ...quiet, warn: (_: unknown, text?: string) => lines.push(text) };
    const secret = 'thirty-two characters are needed.';
    const app = fastify();
    await app.register(
      healedSession(shape, { secret, saveUninitialized: true, cookie: { secure: false }, logger }),
    );
    app.get('/', async (request) => ({ xp: request.session.xp }));
    const answer = await app.inject('/');
    expect(answer.json()).toEqual({ xp: 0 });
    expect(answer.headers['set-cookie']).toBeDefined();
    expect(lines).toEqual([expect.stringContaining('saveUninitialized')]);
    await app.close();
  });

  test('what would make the host throw while it looks for changes is dropped', async () => {
    const app = fastify();
    await app.register(
      healedSession(shape, {
        secret: 'thirty-two characters are needed.',
        cookie: { secure: false },
        logger: quiet,
      }),
    );
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
    const poisons: Record<string, (session: Record<string, unknown>) => unknown> = {
      deep: (session) => Object.assign(session, { bad: deep }),
      throwing: (session) =>
        Object.assign(session, {
          bad: {
            toJSON: () => {
              throw new Error('no');
            },
          },
        }),
      getter: (session) =>
        Object.defineProperty(session, 'bad', {
          enumerable: true,
          configurable: true,
          get: () => {
            throw new Error('no');
          },
        }),
      default: (session) => (session.cart as unknown[]).push(session.cart),
    };
    app.get('/:what', async (request) => {
      const session = request.session as unknown as Record<string, unknown>;
      session.good = 1;
      poisons[(request.params as { what: string }).what]?.(session);
      if (request.query && 'save' in (request.query as object)) await request.session.save();
      return 'ok';
    });
    for (const what of Object.keys(poisons)) {
      for (const query of ['', '?save']) {
        const answer = await app.inject(`/${what}${query}`);
        expect([answer.statusCode, answer.body]).toEqual([200, 'ok']);
        expect(answer.headers['set-cookie']).toBeDefined();
      }
    }
    await app.close();
  });

  test('refuses wrong options when it is made', () => {
    const secret = 'thirty-two characters are needed.';
    expect(() => healedSession(shape, undefined as never)).toThrow('expected `options` to be an object');
    expect(() => healedSession(shape, { secret, onStoreDown: 'maybe' as never })).toThrow(
      'expected `onStoreDown`',
    );
    expect(() => healedSession({} as never, { secret })).toThrow(
      'expected `shape` to be made by defineSession',
    );
    expect(() => healedSession(defineSession({ keys: {} }), { secret, store: {} as never })).toThrow(
      'expected `store`',
    );
  });
});
