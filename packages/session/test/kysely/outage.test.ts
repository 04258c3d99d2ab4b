import { setTimeout as sleep } from 'node:timers/promises';
import { createSessionStore, type SessionCommit } from '@resilient/session/kysely';
import { createTcpProxy, holdSqliteLock } from '@resilient/testing';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, inject, test } from 'vitest';
import { createApp, USER } from '../fixture/app.ts';
import { Visitor } from '../fixture/visitor.ts';
import { newPlace, openPlace, type Tables } from './table-fixture.ts';

const OUTAGE_MS = 10_000;

const silent = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => silent };

const userOf = (body: string): unknown => (JSON.parse(body) as { user?: unknown }).user;

describe.concurrent('ten seconds of outage in the middle', () => {
  test('PostgreSQL does not answer: 503 without a cookie, then the same cookie is logged in', async ({
    expect,
  }) => {
    await using where = await newPlace('postgres', inject('postgresUrl'));
    if (where.place.kind !== 'postgres') throw new Error('not here');
    await using proxy = await createTcpProxy({ upstream: Number(new URL(where.place.url).port) });
    const db = openPlace({ ...where.place, url: proxy.url(where.place.url) });
    const app = createApp({
      store: createSessionStore(db, { logger: silent }),
      logger: silent,
      storeTimeoutMs: 500,
    });
    const visitor = new Visitor(await app.listen({ host: '127.0.0.1', port: 0 }));
    await visitor.send('POST', '/login');
    await visitor.send('POST', '/cart');
    const { cookie } = visitor;
    const rows = await db.selectFrom('session').selectAll().execute();

    proxy.blackhole();
    const end = performance.now() + OUTAGE_MS;
    let answers = 0;
    while (performance.now() < end) {
      const answer = await visitor.send(
        answers % 2 === 0 ? 'GET' : 'POST',
        answers % 2 === 0 ? '/' : '/note',
      );
      expect([answer.status, answer.setCookie]).toEqual([503, null]);
      expect(answer.headers.get('retry-after')).toBe('5');
      answers += 1;
    }
    proxy.blackhole(false);

    expect(answers).toBeGreaterThan(5);
    expect(visitor.cookie).toBe(cookie);
    await expect.poll(async () => (await visitor.send('GET', '/')).status, { timeout: 10_000 }).toBe(200);
    const after = await visitor.send('GET', '/');
    expect(JSON.parse(after.body)).toMatchObject({ user: USER, cart: ['book'] });
    expect(await db.selectFrom('session').selectAll().execute()).toEqual(rows);
    await app.close();
    await db.destroy();
  }, 60_000);

  test('SQLite is locked: pages are answered, writes wait through commit, nobody is logged out', async ({
    expect,
  }) => {
    await using where = await newPlace('sqlite', '');
    if (where.place.kind !== 'sqlite') throw new Error('not here');
    const { file } = where.place;
    const database = new Database(file, { timeout: 0 });
    database.pragma('journal_mode = WAL');
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    let waits = 0;
    const commit: SessionCommit = async (target, work) => {
      for (;;) {
        try {
          return await work(target);
        } catch (error) {
          if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
          waits += 1;
          await sleep(20);
        }
      }
    };
    const store = createSessionStore(db, { commit, logger: silent });
    const app = createApp({ store, logger: silent, writeTimeoutMs: 60_000 });
    const base = await app.listen({ host: '127.0.0.1', port: 0 });
    const visitor = new Visitor(base);
    await visitor.send('POST', '/login');

    await using lock = await holdSqliteLock(file, OUTAGE_MS);
    const page = await visitor.send('GET', '/');
    expect([page.status, userOf(page.body)]).toEqual([200, USER]);
    const started = performance.now();
    // Not through `Visitor`, which gives up after five seconds.
    const writing = fetch(`${base}/cart`, { method: 'POST', headers: { cookie: visitor.cookie ?? '' } });
    await sleep(OUTAGE_MS / 2);
    expect(userOf((await visitor.send('GET', '/')).body)).toBe(USER);
    await lock.released;
    const written = await writing;

    expect(written.status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(OUTAGE_MS / 2);
    expect(waits).toBeGreaterThan(10);
    const after = await visitor.send('GET', '/');
    expect(JSON.parse(after.body)).toMatchObject({ user: USER, cart: ['book'] });
    await app.close();
    await db.destroy();
  }, 60_000);
});
