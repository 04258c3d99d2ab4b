import { createHash } from 'node:crypto';
import type { SessionStore } from '@resilient/session';
import { createSessionStore, type SessionStoreOptions, sessionStoreSql } from '@resilient/session/kysely';
import { createVirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openPostgres, openSqlite } from '../fixture/database.ts';

const get = (store: SessionStore, id: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    store.get(id, (error, session) => (error ? reject(error) : resolve(session)));
  });
const run = (store: SessionStore, method: 'set' | 'touch', id: string, session: object): Promise<void> =>
  new Promise((resolve, reject) => {
    store[method]?.(id, session, (error) => (error ? reject(error) : resolve()));
  });
const destroy = (store: SessionStore, id: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.destroy(id, (error) => (error ? reject(error) : resolve()));
  });

describe.each(['sqlite', 'postgres'] as const)('the store on %s', (kind) => {
  let db: Awaited<ReturnType<typeof openPostgres>>;
  const clock = createVirtualClock();

  beforeEach(async () => {
    db = kind === 'sqlite' ? openSqlite(':memory:') : await openPostgres(inject('postgresUrl'));
  });
  afterEach(() => db.destroy());

  const open = (options: SessionStoreOptions = {}): SessionStore =>
    createSessionStore(db, { clock, ...options });
  const rows = () => db.selectFrom('session').selectAll().execute();
  const until = (ms: number) => ({ cookie: { expires: new Date(clock.epochNow() + ms) } });

  test('what is set is got, until it is destroyed; the stored id is not the one of the cookie', async () => {
    const store = open();
    expect(await get(store, 'id')).toBeNull();
    await run(store, 'set', 'id', { xp: 1, text: `quote ' " \\ \u2028 é 🐢` });
    expect(await get(store, 'id')).toEqual({ xp: 1, text: `quote ' " \\ \u2028 é 🐢` });
    const [row] = await rows();
    expect(row?.id).toBe(createHash('sha256').update('id').digest('hex'));
    await destroy(store, 'id');
    expect(await get(store, 'id')).toBeNull();
    expect(await rows()).toEqual([]);
  });

  test('each change counts in rev; the same again is not written', async () => {
    const store = open();
    for (const xp of [1, 2, 2, 2, 3]) await run(store, 'set', 'id', { ...until(3_600_000), xp });
    expect((await rows()).map(({ rev }) => rev)).toEqual([3]);
    await clock.advance(59_000);
    await run(store, 'set', 'id', { ...until(3_600_000), xp: 3 });
    expect((await rows())[0]?.rev).toBe(3);
    await clock.advance(1_000);
    await run(store, 'set', 'id', { ...until(3_600_000), xp: 3 });
    expect((await rows())[0]?.rev).toBe(4);
  });

  test('a short session is prolonged more often than every touchEveryMs', async () => {
    const store = open();
    await run(store, 'set', 'id', until(30_000));
    for (let second = 0; second < 60; second += 5) {
      await clock.advance(5_000);
      await run(store, 'touch', 'id', until(30_000));
      expect(await get(store, 'id')).not.toBeNull();
    }
  });

  test('an expired session is not found, and can be written anew', async () => {
    const store = open({ ttlMs: 1_000 });
    await run(store, 'set', 'ttl', {});
    await run(store, 'set', 'cookie', until(500));
    await clock.advance(500);
    expect(await get(store, 'cookie')).toBeNull();
    expect(await get(store, 'ttl')).toEqual({});
    await clock.advance(500);
    expect(await get(store, 'ttl')).toBeNull();
    await run(store, 'set', 'ttl', {});
    expect(await get(store, 'ttl')).toEqual({});
  });

  test('touch prolongs at most every touchEveryMs and makes no row', async () => {
    const store = open();
    await run(store, 'touch', 'id', until(1_000));
    expect(await rows()).toEqual([]);
    await run(store, 'set', 'id', until(3_600_000));
    const expiry = async () => Number((await rows())[0]?.expires_at) - clock.epochNow();
    await clock.advance(59_999);
    await run(store, 'touch', 'id', until(3_600_000));
    expect(await expiry()).toBe(3_540_001);
    await clock.advance(1);
    await run(store, 'touch', 'id', until(3_600_000));
    expect(await expiry()).toBe(3_600_000);
  });

  test('a session above maxBytes is refused, and what was stored stays', async () => {
    const store = open();
    await run(store, 'set', 'id', { xp: 1 });
    await expect(run(store, 'set', 'id', { text: 'é'.repeat(33_000) })).rejects.toMatchObject({
      code: 'SESSION_TOO_LARGE',
      bytes: 66_011,
      maxBytes: 65_536,
    });
    expect(await get(store, 'id')).toEqual({ xp: 1 });
  });

  test('replace writes what is there and makes no row, also when it goes while the write waits', async () => {
    const store = open();
    const replace = (target: SessionStore, xp: number): Promise<void> =>
      new Promise((resolve, reject) => {
        target.replace?.('id', { xp }, (error) => (error ? reject(error) : resolve()));
      });
    await replace(store, 1);
    expect(await rows()).toEqual([]);
    await run(store, 'set', 'id', { xp: 1 });
    await replace(store, 2);
    expect((await rows()).map(({ data, rev }) => [data, rev])).toEqual([['{"xp":2}', 2]]);
    const slow = open({
      commit: async (target, work) => {
        await destroy(store, 'id'); // a log-out elsewhere gets the lock first
        return work(target);
      },
    });
    await replace(slow, 3);
    expect(await rows()).toEqual([]);
  });

  test('a row that was too large before is saved, but may not grow', async () => {
    await run(open(), 'set', 'id', { text: 'x'.repeat(2_000), xp: 1 });
    const store = open({ maxBytes: 500 });
    await run(store, 'set', 'id', { text: 'x'.repeat(2_000), xp: 2 });
    expect(await get(store, 'id')).toMatchObject({ xp: 2 });
    for (const [id, length] of [
      ['id', 4_000],
      ['new', 600],
    ] as const) {
      await expect(run(store, 'set', id, { text: 'x'.repeat(length) })).rejects.toMatchObject({
        code: 'SESSION_TOO_LARGE',
      });
    }
  });

  test('a row that is not JSON is SESSION_CORRUPT, without its text', async () => {
    const store = open();
    await run(store, 'set', 'id', { xp: 1 });
    await db.updateTable('session').set({ data: '{"key":"sk-live-SECRET' }).execute();
    const error = await get(store, 'id').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SESSION_CORRUPT' });
    expect(
      `${error} ${JSON.stringify(error)} ${(error as Error).stack} ${(error as Error).cause}`,
    ).not.toContain('SECRET');
    await run(store, 'set', 'id', { xp: 2 });
    expect(await get(store, 'id')).toEqual({ xp: 2 });
  });

  test('every write goes through commit when one is given', async () => {
    let commits = 0;
    const commit: SessionStoreOptions['commit'] = (target, work) => {
      commits += 1;
      return target.transaction().execute(work);
    };
    const store = open({ commit });
    await run(store, 'set', 'id', until(3_600_000));
    await clock.advance(120_000);
    await run(store, 'touch', 'id', until(3_600_000));
    expect(await get(store, 'id')).not.toBeNull();
    await destroy(store, 'id');
    expect(commits).toBe(4); // the table, and three writes
    expect(await rows()).toEqual([]);
  });

  test('what is wrong with a session is told as that, whatever `commit` makes of errors', async () => {
    const store = open({
      maxBytes: 100,
      onConflict: 'refuse',
      commit: (target, work) =>
        work(target).catch((cause: unknown) => {
          throw new Error('the unit failed', { cause });
        }),
    });
    await run(store, 'set', 'id', { xp: 1 });
    const [one, two] = [(await get(store, 'id')) as object, (await get(store, 'id')) as object];
    await expect(run(store, 'set', 'new', { text: 'x'.repeat(100) })).rejects.toMatchObject({
      code: 'SESSION_TOO_LARGE',
    });
    await expect(run(store, 'set', 'id', { ...one, text: 'x'.repeat(100) })).rejects.toMatchObject({
      code: 'SESSION_TOO_LARGE',
    });
    await expect(
      run(store, 'set', 'id', Object.assign(one, { text: 'x'.repeat(100) })),
    ).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE' });
    await run(store, 'set', 'id', Object.assign(one, { text: '', xp: 2 }));
    await expect(run(store, 'set', 'id', Object.assign(two, { xp: 3 }))).rejects.toMatchObject({
      code: 'SESSION_CONFLICT',
    });
  });

  test('the table can be made by hand, by many at once, and under another name', async () => {
    for (const statement of sessionStoreSql(kind, { table: 'web_session' }).split(';\n').filter(Boolean)) {
      await sql.raw(statement).execute(db);
    }
    const stores = Array.from({ length: 8 }, () => open());
    await Promise.all(stores.map((store, index) => run(store, 'set', `id${index}`, { index })));
    expect(await rows()).toHaveLength(8);
    const other = open({ table: 'web_session' });
    await run(other, 'set', 'id', { other: true });
    expect(await get(other, 'id')).toEqual({ other: true });
    expect(await rows()).toHaveLength(8);
  });

  test('a table that could not be made is tried again', async () => {
    const store = open();
    await db.schema.createTable('session').addColumn('wrong', 'text').execute();
    await expect(get(store, 'id')).rejects.toThrow();
    await db.schema.dropTable('session').execute();
    expect(await get(store, 'id')).toBeNull();
  });

  test('an error of the database comes through the callback', async () => {
    const closed = kind === 'sqlite' ? openSqlite(':memory:') : await openPostgres(inject('postgresUrl'));
    await get(createSessionStore(closed), 'id'); // a Kysely that was never used cannot be closed
    await closed.destroy();
    const store = createSessionStore(closed);
    await expect(get(store, 'id')).rejects.toThrow();
    await expect(run(store, 'set', 'id', {})).rejects.toThrow();
    await expect(destroy(store, 'id')).rejects.toThrow();
  });
});

test('refuses wrong options when it is made', async () => {
  const db = openSqlite(':memory:');
  expect(() => createSessionStore({} as never)).toThrow('expected `kysely` to be an instance of Kysely');
  for (const [options, message] of [
    [{ table: 'x; drop table users' }, 'expected `table` to be a name of letters'],
    [{ ttlMs: 0 }, 'expected `ttlMs`'],
    [{ touchEveryMs: -1 }, 'expected `touchEveryMs`'],
    [{ maxBytes: 1.5 }, 'expected `maxBytes`'],
    [{ commit: {} }, 'expected `commit` to be a function'],
    [{ ttl: 1 }, 'unknown option `ttl` of createSessionStore'],
  ] as const) {
    expect(() => createSessionStore(db, options as never)).toThrow(message);
  }
  expect(() => sessionStoreSql('mysql' as never)).toThrow('expected `kind`');
  await db.destroy();
});
