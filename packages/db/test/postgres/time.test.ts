import { loadavg } from 'node:os';
import { onResilienceEvent, withDeadline } from '@resilient/core';
import { createTcpProxy } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  database = await openTestDatabase({ max: 3 });
  process.on('unhandledRejection', onStray);
});
beforeEach(async () => {
  await database.rows('truncate note');
});
afterEach(() => expect(strays).toEqual([]));
afterAll(async () => {
  process.off('unhandledRejection', onStray);
  await database[Symbol.asyncDispose]();
});

const options = () => ({ logger: database.log });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;
const sleeping = async (): Promise<unknown> =>
  (
    await database.rows(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and state = 'active'",
    )
  )[0]?.n;

test('timeoutMs cuts a running statement on the server, its client is closed, and its place is free again', async () => {
  const startedAt = performance.now();
  let aborted: unknown;
  let rejected: unknown;
  const failed = await safeCommit(
    database.kysely,
    async (trx, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      await trx
        .insertInto('note')
        .values({ text: 'cut' } as never)
        .execute();
      await sql`select pg_sleep(60)`.execute(trx).catch((error) => {
        rejected = error;
        throw error;
      });
    },
    { ...options(), timeoutMs: 1_000 },
  );
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'TIMEOUT', outcome: 'rejected', stopReason: 'deadline' },
  });
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
  await expect.poll(() => rejected).toBeDefined();
  expect([String(aborted), String(rejected)]).toEqual([
    'TimeoutError: the unit of work was given up after 1000 ms',
    'TimeoutError: the unit of work was given up after 1000 ms',
  ]);
  await expect.poll(sleeping, { timeout: 5_000 }).toBe(0);
  expect(await notes()).toBe(0);
  expect(database.opened.stats()).toMatchObject({ inUse: 0 });
  for (let n = 0; n < 10; n += 1)
    expect((await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx))).ok).toBe(true);
});

test('work that does not listen is left behind: its later statements throw', async () => {
  let late: unknown;
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await pause(900);
      await trx
        .insertInto('note')
        .values({ text: 'late' } as never)
        .execute()
        .catch((error) => {
          late = error;
        });
    },
    { ...options(), timeoutMs: 300 },
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  await expect.poll(() => String(late)).toContain('given up after 300 ms');
  expect(await notes()).toBe(0);
});

test('an abort by the caller ends a unit at once with ABORTED', async () => {
  const controller = new AbortController();
  const unit = safeCommit(database.kysely, (trx) => sql`select pg_sleep(60)`.execute(trx), {
    ...options(),
    signal: controller.signal,
  });
  await expect.poll(sleeping).toBe(1);
  controller.abort(new Error('closed the tab'));
  const failed = await unit;
  expect(failed).toMatchObject({ ok: false, error: { code: 'ABORTED', outcome: 'rejected' } });
  await expect.poll(sleeping, { timeout: 5_000 }).toBe(0);
  const before = await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx), {
    ...options(),
    signal: AbortSignal.abort(),
  });
  expect(before).toMatchObject({ ok: false, attempts: 0, error: { code: 'ABORTED', outcome: 'not-sent' } });
});

test('a wait for a connection that lasts too long is POOL_EXHAUSTED, and takes no place with it', async () => {
  const states: unknown[] = [];
  const stop = onResilienceEvent(
    (event) => event.kind === 'pool' && !event.replay && states.push(event.state),
  );
  const holders = Array.from({ length: 3 }, () =>
    safeCommit(database.kysely, (trx) => sql`select pg_sleep(2)`.execute(trx)),
  );
  await expect.poll(() => database.opened.stats().inUse).toBe(3);
  const [first, second] = await Promise.all([
    safeCommit(database.kysely, async () => 1, { ...options(), timeoutMs: 100 }),
    safeCommit(database.kysely, async () => 2, { ...options(), timeoutMs: 20_000 }),
  ]);
  stop();
  expect(first).toMatchObject({
    ok: false,
    attempts: 0,
    error: { code: 'POOL_EXHAUSTED', outcome: 'not-sent', stopReason: 'saturated' },
  });
  expect((first as { error: Error }).error.message).toContain('3 of 3 in use');
  expect((first as { error: { attempts: unknown } }).error.attempts).toEqual([]);
  expect(second).toMatchObject({ ok: true, value: 2 });
  expect((await Promise.all(holders)).every((result) => result.ok)).toBe(true);
  expect(states).toEqual(['exhausted', 'ok']);
  expect(database.opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});

test('a check does not hang while the pool is full, and tells of the server otherwise', async () => {
  const { promise: going, resolve: go } = Promise.withResolvers<void>();
  const holders = Array.from({ length: 3 }, () =>
    safeCommit(database.kysely, async (trx) => {
      await sql`select 1`.execute(trx);
      await going;
    }),
  );
  await expect.poll(() => database.opened.stats().inUse).toBe(3);
  const full = await database.opened.check({ timeoutMs: 100 });
  go();
  expect(full).toMatchObject({ status: 'degraded', kind: 'postgres', pool: { inUse: 3, limit: 3 } });
  expect(full.latencyMs, `load ${loadavg()[0]}`).toBeLessThan(3 * 100);
  await Promise.all(holders);
  expect(await database.opened.check({ timeoutMs: 10_000 })).toMatchObject({
    status: 'ok',
    version: expect.stringMatching(/^18\./),
  });
});

test('a pool first used inside withDeadline(50) works a second later', async () => {
  await using fresh = await openTestDatabase();
  const scoped = withDeadline(50, async () => {
    const inside = await safeCommit(fresh.kysely, (trx) => sql`select 1`.execute(trx), options());
    expect(inside).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } }); // less than 100 ms are left for COMMIT
  });
  await scoped.catch(() => undefined);
  await pause(1_000);
  const later = await safeCommit(fresh.kysely, (trx) => sql`select 1`.execute(trx));
  expect(later).toMatchObject({ ok: true, attempts: 1 });
});

test('a server that falls silent ends every unit within its time', async () => {
  const holder: { proxy?: Awaited<ReturnType<typeof createTcpProxy>> } = {};
  await using behind = await openTestDatabase({
    through: async (url) => {
      holder.proxy = await createTcpProxy({ upstream: { host: url.hostname, port: Number(url.port) } });
      return new URL(holder.proxy.url(url.href));
    },
  });
  holder.proxy?.blackhole();
  const startedAt = performance.now();
  const failed = await safeCommit(behind.kysely, (trx) => sql`select 1`.execute(trx), {
    ...options(),
    timeoutMs: 1_000,
  });
  expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT', outcome: 'not-sent' } });
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
  await holder.proxy?.close();
});

test('close refuses new units, waits for running ones, and cuts what takes too long', async () => {
  await using closing = await openTestDatabase();
  const db = closing.kysely;
  const { promise: going, resolve: go } = Promise.withResolvers<void>();
  const running = safeCommit(db, async (trx) => {
    await sql`select 1`.execute(trx);
    await going;
    await trx
      .insertInto('note')
      .values({ text: 'kept' } as never)
      .execute();
  });
  /** `wait` is where each is met by the end. */
  const cut = (wait: (trx: typeof db) => Promise<unknown>) =>
    safeCommit(
      db,
      async (trx) => {
        await sql`insert into note (text) values (gen_random_uuid()::text)`.execute(trx);
        await wait(trx as never);
      },
      { ...options(), maxRetries: 0 },
    );
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const slow = cut((trx) => sql`select pg_sleep(60)`.execute(trx));
  const idle = cut(() => closed);
  const idleThenMore = cut(async (trx) => {
    await closed;
    await sql`select 1`.execute(trx);
  });
  const swallowing = cut(async (trx) => {
    await sql`select pg_sleep(60)`.execute(trx).catch(() => {});
  });
  const inTransaction =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()";
  await expect.poll(() => closing.rows(inTransaction), { timeout: 10_000 }).toEqual([{ n: 5 }]);
  void closing.opened.close({ timeoutMs: 3_000 }).then(onClosed);
  const refused = await safeCommit(db, async () => 1, options());
  expect(refused).toMatchObject({ ok: false, attempts: 0, error: { code: 'CLOSED', outcome: 'not-sent' } });
  go();
  expect(await running).toMatchObject({ ok: true });
  await closed;
  for (const unit of [slow, idle, idleThenMore, swallowing]) {
    const error = { code: 'CLOSED', outcome: 'rejected', stopReason: 'closed' };
    expect(await unit).toMatchObject({ ok: false, attempts: 1, error });
  }
  expect(await closing.rows('select text from note')).toEqual([{ text: 'kept' }]);
});

test('close with units queued and at COMMIT: what is written is settled and told, who waits is CLOSED', async () => {
  await using closing = await openTestDatabase({ max: 2 });
  await closing.rows(`
    create function slow_commit() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return null; end $$;
    create constraint trigger slow after insert on note deferrable initially deferred for each row execute function slow_commit();
  `);
  await closing.rows('select pg_advisory_lock(7)'); // nobody gets beyond COMMIT
  const units = ['a', 'b', 'c', 'd'].map((text) =>
    safeCommit(
      closing.kysely,
      (trx) => sql`insert into note (text) values (${text})`.execute(trx),
      options(),
    ),
  );
  const committing =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and query = 'commit' and state = 'active'";
  await expect.poll(() => closing.rows(committing)).toEqual([{ n: 2 }]);
  const closed = closing.opened.close({ timeoutMs: 20_000 });
  await closing.rows('select pg_advisory_unlock(7)');
  await closed;
  const codes = (await Promise.all(units)).map((result) => (result.ok ? 'ok' : result.error.code));
  expect(codes).toEqual(['ok', 'ok', 'CLOSED', 'CLOSED']);
  expect(await closing.rows('select text from note order by text')).toEqual([{ text: 'a' }, { text: 'b' }]);
});
