import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import type { SessionStore } from '@resilient/session';
import type { HealedSessionOptions } from '@resilient/session/fastify';
import { createSessionStore } from '@resilient/session/kysely';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createApp, USER } from './fixture/app.ts';
import { openPostgres, openSqlite } from './fixture/database.ts';
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
