import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fastifyCookie from '@fastify/cookie';
import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { defineSession, type SessionStore } from '@resilient/session';
import { type HealedSessionOptions, healedSession } from '@resilient/session/fastify';
import { createSessionStore } from '@resilient/session/kysely';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createApp, USER } from './fixture/app.ts';
import { openPostgres, openSqlite } from './fixture/database.ts';
import { shape } from './fixture/shape.ts';
import { Visitor } from './fixture/visitor.ts';

const hash = (id: string): string => createHash('sha256').update(id).digest('hex');
const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };

describe.each(['sqlite', 'postgres'] as const)('a site on fastify, sessions in %s', (kind) => {
  let db: Awaited<ReturnType<typeof openPostgres>>;
  let store: SessionStore;
  const apps: FastifyInstance[] = [];

  beforeEach(async () => {
    db = kind === 'sqlite' ? openSqlite(':memory:') : await openPostgres(inject('postgresUrl'));
    store = createSessionStore(db);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await db.destroy();
  });

  async function site(options: Partial<HealedSessionOptions> = {}): Promise<string> {
    const app = createApp({ store, ...options });
    apps.push(app);
    return app.listen({ host: '127.0.0.1', port: 0 });
  }
  const rows = async (): Promise<{ id: string; data: string; rev: number }[]> => {
    return db.selectFrom('session').selectAll().execute();
  };
  const row = async (visitor: Visitor): Promise<Record<string, unknown>> => {
    const found = (await rows()).find(({ id }) => id === hash(visitor.id));
    return JSON.parse(found?.data ?? 'null');
  };
  const damage = async (visitor: Visitor, data: string): Promise<void> => {
    await db.updateTable('session').set({ data }).where('id', '=', hash(visitor.id)).execute();
  };
  async function loggedIn(base: string): Promise<Visitor> {
    const visitor = new Visitor(base);
    expect((await visitor.send('POST', '/login')).status).toBe(200);
    return visitor;
  }

  test('damaged xp, cart and cookie: still logged in, with the defaults; truncated to half: the log-in page', async () => {
    const base = await site({ logger: quiet });
    const [first, second] = [await loggedIn(base), await loggedIn(base)];
    const text = JSON.stringify({
      ...(await row(first)),
      xp: 'lots',
      cart: null,
      cookie: { domain: 'evil.example' },
    });
    await damage(first, text);
    const answer = await first.send('GET', '/');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ user: USER, role: 'student', xp: 0, cart: [] });
    expect(answer.setCookie).toMatch(/; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
    const whole = JSON.stringify(await row(second));
    await damage(second, whole.slice(0, whole.length / 2));
    const fresh = await second.send('GET', '/');
    expect(fresh.status).toBe(200);
    expect(JSON.parse(fresh.body)).toEqual({ user: 'please log in', role: null, xp: 0, cart: [] });
    expect(JSON.parse((await first.send('GET', '/')).body)).toMatchObject({ user: USER });
  });

  test('50 cookieless requests that read the defaults make 0 rows and 0 cookies', async () => {
    const base = await site();
    await new Visitor(base).send('POST', '/login'); // the table is there
    const cookies = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { body, setCookie } = await new Visitor(base).send('GET', '/');
        expect(JSON.parse(body)).toMatchObject({ user: 'please log in', xp: 0, cart: [] });
        return setCookie;
      }),
    );
    expect(cookies.filter((cookie) => cookie !== null)).toEqual([]);
    expect(await rows()).toHaveLength(1);
  });

  test('an array changed in place on an anonymous session is stored', async () => {
    const visitor = new Visitor(await site());
    await visitor.send('POST', '/cart');
    expect(await row(visitor)).toMatchObject({ cart: ['book'], xp: 0 });
    expect(JSON.parse((await visitor.send('POST', '/cart')).body).cart).toEqual(['book', 'book']);
    expect(await row(visitor)).toMatchObject({ cart: ['book', 'book'] });
  });

  test('two anonymous visitors never share an array', async () => {
    const base = await site();
    const [one, two] = [new Visitor(base), new Visitor(base)];
    await one.send('POST', '/cart');
    expect(JSON.parse((await two.send('GET', '/')).body).cart).toEqual([]);
  });

  test('the first real write stores the defaults with it', async () => {
    const visitor = new Visitor(await site());
    await visitor.send('POST', '/note');
    expect(await row(visitor)).toMatchObject({ note: 'written', xp: 0, cart: [] });
  });

  test('the defaults are there after regenerate, in the same request', async () => {
    const visitor = new Visitor(await site());
    expect(JSON.parse((await visitor.send('POST', '/login')).body)).toMatchObject({
      user: USER,
      xp: 0,
      cart: [],
    });
    expect(await row(visitor)).toMatchObject({ userId: USER, xp: 0, cart: [] });
  });

  test('what is damaged while a request runs is healed by reload', async () => {
    const visitor = await loggedIn(await site());
    const stored = await row(visitor);
    await damage(visitor, JSON.stringify({ ...stored, xp: 'x', cart: 7 }));
    expect(JSON.parse((await visitor.send('POST', '/reload')).body)).toMatchObject({
      user: USER,
      xp: 0,
      cart: [],
    });
  });

  test('a repair is published, stored once, and not made again', async () => {
    const visitor = await loggedIn(await site({ rolling: false }));
    await damage(visitor, JSON.stringify({ ...(await row(visitor)), xp: 'SECRET' }));
    const events: ResilienceEvent[] = [];
    const stop = onResilienceEvent((event) => events.push(event));
    await visitor.send('GET', '/');
    const [{ rev } = { rev: 0 }] = (await rows()).filter(({ id }) => id === hash(visitor.id));
    await visitor.send('GET', '/');
    stop();
    expect(events).toEqual([
      {
        kind: 'session',
        name: 'session',
        package: 'session',
        action: 'replaced',
        key: 'xp',
        keyKind: 'preference',
      },
    ]);
    expect((await rows()).find(({ id }) => id === hash(visitor.id))?.rev).toBe(rev);
  });

  test('a wrong identity: new session id, old id dead, preferences kept', async () => {
    const base = await site();
    const visitor = await loggedIn(base);
    const old = new Visitor(base, visitor.cookie);
    await damage(visitor, JSON.stringify({ ...(await row(visitor)), userId: 42, xp: 9 }));
    expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({
      user: 'please log in',
      role: null,
      xp: 9,
    });
    expect(visitor.id).not.toBe(old.id);
    expect(await row(old)).toBeNull();
    expect(await row(visitor)).toMatchObject({ xp: 9 });
    expect(JSON.parse((await old.send('GET', '/')).body)).toMatchObject({ user: 'please log in', xp: 0 });
    expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({ xp: 9 });
  });

  test.each(['circular', 'bigint'])(
    'a %s value put in by a handler is dropped, the rest is saved',
    async (what) => {
      const visitor = await loggedIn(await site({ logger: quiet }));
      const answer = await visitor.send('POST', `/poison?what=${what}`);
      expect(answer).toMatchObject({ status: 200, body: 'ok' });
      const stored = await row(visitor);
      expect(stored).toMatchObject({ userId: USER, good: 1 });
      expect(stored).not.toHaveProperty('bad');
      expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({ user: USER, good: 1 });
    },
  );

  test('logged out while a slow request runs: the session does not come back', async () => {
    const base = await site();
    const elsewhere = await site(); // a second server on the same table, with a memory of its own
    for (const where of [base, elsewhere]) {
      const visitor = await loggedIn(base);
      const slow = new Visitor(base, visitor.cookie).send('POST', '/slow?ms=150');
      await sleep(50);
      expect((await new Visitor(where, visitor.cookie).send('POST', '/logout')).body).toBe('bye');
      expect((await slow).status).toBe(200);
      expect(await row(visitor)).toBeNull();
      const after = new Visitor(base, visitor.cookie);
      expect(JSON.parse((await after.send('GET', '/')).body)).toMatchObject({ user: 'please log in' });
    }
  });

  test('a tampered cookie is never read', async () => {
    const base = await site();
    const visitor = await loggedIn(base);
    const tampered = new Visitor(base, `${visitor.cookie}x`);
    expect(JSON.parse((await tampered.send('GET', '/')).body)).toMatchObject({ user: 'please log in' });
  });
});

describe('a store that is down', () => {
  const failing = { reads: false, writes: false };
  const rows = new Map<string, string>();
  const refused = () => new Error('connect ECONNREFUSED postgres://app:hunter2@10.0.0.7');
  const store: SessionStore = {
    get: (id, callback) =>
      queueMicrotask(() =>
        failing.reads ? callback(refused()) : callback(null, JSON.parse(rows.get(id) ?? 'null')),
      ),
    set: (id, session, callback) =>
      queueMicrotask(() => {
        if (failing.writes) callback(refused());
        else {
          rows.set(id, JSON.stringify(session));
          callback();
        }
      }),
    destroy: (id, callback) =>
      queueMicrotask(() => {
        if (failing.writes) callback(refused());
        else {
          rows.delete(id);
          callback();
        }
      }),
  };
  const apps: FastifyInstance[] = [];

  afterEach(async () => {
    Object.assign(failing, { reads: false, writes: false });
    rows.clear();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });
  async function loggedIn(
    options: Partial<HealedSessionOptions>,
    prepare = (_: FastifyInstance): void => {},
  ) {
    const app = createApp({ store, logger: quiet, ...options });
    prepare(app);
    apps.push(app);
    const visitor = new Visitor(await app.listen({ host: '127.0.0.1', port: 0 }));
    await visitor.send('POST', '/login');
    const { cookie } = visitor;
    return { visitor, cookie, before: new Map(rows) };
  }

  test.each([
    ['reads', true, false],
    ['reads and writes', true, true],
    ['writes', false, true],
  ])(
    'fail, %s: 503 with Retry-After, nothing of the driver, no Set-Cookie; then the same cookie is logged in',
    async (_, reads, writes) => {
      const { visitor, cookie, before } = await loggedIn({});
      Object.assign(failing, { reads, writes });
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/note'],
        ['POST', '/cart'],
      ] as const) {
        const answer = await visitor.send(method, path);
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(answer.body).toContain('Please try again in a few seconds.');
        expect(answer.body).not.toMatch(/ECONNREFUSED|hunter2/);
        expect(answer.setCookie).toBeNull();
      }
      expect(rows).toEqual(before);
      Object.assign(failing, { reads: false, writes: false });
      expect(visitor.cookie).toBe(cookie);
      expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({
        user: USER,
        role: 'student',
      });
    },
  );

  test.each([
    ['reads', true, false],
    ['reads and writes', true, true],
    ['writes', false, true],
  ])(
    'anonymous, %s: the page without the user, no Set-Cookie, no row changed; then the same cookie is logged in',
    async (_, reads, writes) => {
      const { visitor, cookie, before } = await loggedIn({ onStoreDown: 'anonymous' });
      Object.assign(failing, { reads, writes });
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/note'],
        ['POST', '/cart'],
      ] as const) {
        const answer = await visitor.send(method, path);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject(
          reads ? { user: 'please log in', role: null, xp: 0 } : { user: USER },
        );
        expect(answer.setCookie).toBeNull();
      }
      expect(rows).toEqual(before);
      Object.assign(failing, { reads: false, writes: false });
      expect(visitor.cookie).toBe(cookie);
      const back = await visitor.send('GET', '/');
      expect(JSON.parse(back.body)).toMatchObject({ user: USER, role: 'student' });
      expect(back.setCookie).not.toBeNull();
    },
  );

  test('in both modes a log-in and a log-out that cannot be stored say so', async () => {
    for (const onStoreDown of ['fail', 'anonymous'] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      Object.assign(failing, { reads: true, writes: true });
      for (const path of ['/login', '/logout']) {
        const answer = await visitor.send('POST', path);
        expect(answer.status).toBe(503);
        expect(answer.setCookie).toBeNull();
      }
      Object.assign(failing, { reads: false, writes: false });
      expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({ user: USER });
    }
  });

  test('a first write that fails leaves no cookie behind', async () => {
    for (const [onStoreDown, status] of [
      ['fail', 503],
      ['anonymous', 200],
    ] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      visitor.cookie = undefined;
      failing.writes = true;
      const answer = await visitor.send('POST', '/note');
      expect([answer.status, answer.setCookie]).toEqual([status, null]);
      failing.writes = false;
    }
  });

  test("the application's own error page is used, and has the header", async () => {
    for (const down of [{ reads: true }, { writes: true }]) {
      const { visitor } = await loggedIn({}, (app) => {
        app.setErrorHandler((error, _request, reply) => {
          const { statusCode, code } = error as { statusCode: number; code: string };
          return reply.code(statusCode).type('text/html').send(`<p>${code}</p>`);
        });
      });
      Object.assign(failing, down);
      const answer = await visitor.send('GET', '/');
      expect([answer.status, answer.body]).toEqual([503, '<p>STORE_DOWN</p>']);
      expect(answer.headers.get('retry-after')).toBe('5');
      Object.assign(failing, { reads: false, writes: false });
    }
  });

  test('an identity that was lost while writes fail: not logged in, and no cookie', async () => {
    for (const [onStoreDown, status] of [
      ['fail', 503],
      ['anonymous', 200],
    ] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      rows.set(visitor.id, JSON.stringify({ userId: 42, role: 'admin', xp: 3 }));
      failing.writes = true;
      const answer = await visitor.send('GET', '/');
      expect([answer.status, answer.setCookie]).toEqual([status, null]);
      expect(answer.body).not.toMatch(/admin/);
      failing.writes = false;
    }
  });
});

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
