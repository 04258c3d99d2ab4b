import { loadavg } from 'node:os';
import { systemClock, withDeadline } from '@resilient/core';
import { createTcpProxy, startPostgres } from '@resilient/testing';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { OpenedEngine } from '../../src/engine/opened.ts';
import {
  createPostgresEngine,
  type PostgresEngineOptions,
} from '../../src/postgres/create-postgres-engine.ts';
import { openPool } from '../../src/postgres/pg.ts';
import { FOR_STATEMENT, PostgresPool } from '../../src/postgres/pool.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { keepLog, openTestDatabase } from '../postgres/database.ts';

const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};
beforeEach(() => {
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
});
afterEach(() => {
  process.off('unhandledRejection', onStray);
  process.off('uncaughtException', onStray);
  expect(strays.splice(0)).toEqual([]);
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const OTHERS =
  "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";

async function openOn(
  url: string,
  options: Partial<PostgresEngineOptions> = {},
): Promise<AsyncDisposable & { opened: OpenedEngine; kysely: Kysely<never>; lines: string[] }> {
  const logger = keepLog();
  const opened = await createPostgresEngine({ url, clock: systemClock, logger, ...options });
  const kysely = new Kysely<never>({ dialect: opened.dialect });
  const { lines } = logger;
  return { opened, kysely, lines, [Symbol.asyncDispose]: () => opened.close({ timeoutMs: 100 }) };
}

/** What is told without asking anybody is told before the event loop has turned. */
const atOnce = async <T>(answer: Promise<T>): Promise<T> => {
  const turn = new Promise<never>((_, reject) => {
    setImmediate(() => reject(new Error('it was not told at once')));
  });
  turn.catch(() => {});
  return Promise.race([answer, turn]);
};

const one = (kysely: Kysely<never>): Promise<unknown> => sql`select 1 as one`.execute(kysely);
const many = (kysely: Kysely<never>, n: number): Promise<unknown> =>
  Promise.all(Array.from({ length: n }, () => one(kysely)));

test('connections whose backends were terminated are replaced, and no statement notices', async () => {
  await using database = await openTestDatabase();
  const { kysely, opened } = database;
  await Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.05)`.execute(kysely)));
  expect(opened.stats().idle).toBe(10);
  await database.rows(OTHERS);
  await many(kysely as never, 30);
  expect(opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});

test('a restart between two uses is not noticed', async () => {
  await using postgres = await startPostgres();
  await using database = await openOn(postgres.url);
  await many(database.kysely, 10);
  await postgres.restart();
  await many(database.kysely, 30);
  expect(database.opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});

test('a server that is down for 3 s: every unit succeeds without a retry, statements are told at once', async () => {
  await using postgres = await startPostgres();
  await using database = await openOn(postgres.url);
  const { kysely, opened } = database;
  await many(kysely, 5);
  await postgres.kill();
  const startedAt = performance.now();
  let runs = 0;
  const units = Array.from({ length: 50 }, () =>
    safeCommit(
      kysely,
      async (trx) => {
        runs += 1;
        await sql`select 1`.execute(trx);
      },
      { maxRetries: 0, timeoutMs: 20_000 },
    ),
  );
  await pause(500);
  await expect(atOnce(one(kysely))).rejects.toMatchObject({ code: 'SERVER_DOWN' });
  expect(await opened.check({ timeoutMs: 10_000 })).toMatchObject({
    status: 'down',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
  await pause(2_500);
  await postgres.start();
  const backAt = performance.now();
  const results = await Promise.all(units);
  const told = {
    ok: results.filter(({ ok }) => ok).length,
    attempts: new Set(results.map((r) => r.attempts)),
  };
  expect(told).toEqual({ ok: 50, attempts: new Set([1]) });
  expect(runs).toBe(50);
  // The server is asked every 5 s.
  expect(performance.now() - backAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 5_000);
  process.stdout.write(
    `down for ${Math.round(backAt - startedAt)} ms: 50 of 50 units, ${runs} runs, ${Math.round(performance.now() - backAt)} ms after it was back\n`,
  );
});

test.each([1, 2, 3])(
  'black-holed connections: every checkout ends within its timeout, round %i',
  async (round) => {
    const upstream = new URL(inject('postgresUrl'));
    await using proxy = await createTcpProxy({
      upstream: { host: upstream.hostname, port: Number(upstream.port) },
    });
    const url = proxy.url(upstream.href);
    const pool = new PostgresPool(openPool({ url, max: 15, connectTimeoutMs: 1_000, name: 'black hole' }), {
      ...{
        clock: systemClock,
        name: 'black hole',
        logger: keepLog(),
        size: 10,
        overflow: 5,
        pingTimeoutMs: 2_000,
      },
    });
    const take = (ms: number) => pool.acquire(systemClock.now() + ms, undefined, FOR_STATEMENT);
    const warm = await Promise.all(Array.from({ length: 10 }, () => take(5_000)));
    for (const lease of warm) lease.release();
    await pause(600);
    proxy.blackhole();
    const late: number[] = [];
    const ends = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await pause(n * 5);
        const ms = 300 + (n % 5) * 200;
        // What the machine lets this process wait for is in the other one as well.
        const { promise: due, resolve: fire } = Promise.withResolvers<number>();
        setTimeout(() => fire(performance.now()), ms);
        const end = await take(ms).then(
          (lease) => {
            lease.destroy();
            return 'lent';
          },
          (error: { code: string }) => error.code,
        );
        const endedAt = performance.now();
        late.push(endedAt - (await due));
        return end;
      }),
    );
    const worst = Math.round(Math.max(...late));
    process.stdout.write(`round ${round}: 100 checkouts, the latest ${worst} ms after its timeout\n`);
    expect(new Set(ends).has('lent')).toBe(false);
    expect(worst, `load ${loadavg()[0]}`).toBeLessThan(300);
    proxy.blackhole(false);
    proxy.cut();
    await expect
      .poll(
        () =>
          take(1_000).then(
            (lease) => lease.release(),
            (error: { code: string }) => error.code,
          ),
        { timeout: 30_000, interval: 200 },
      )
      .toBeUndefined();
    expect(pool.stats).toMatchObject({ inUse: 0, waiting: 0 });
    await pool.close(100);
  },
);

test('a pool first used inside withDeadline(50) still works a second later', async () => {
  await using database = await openOn(inject('postgresUrl'));
  await withDeadline(50, () => many(database.kysely, 3)).catch(() => undefined);
  await pause(1_000);
  await many(database.kysely, 10);
});

test('the server’s limits are set as startup parameters', async () => {
  await using database = await openOn(inject('postgresUrl'), { lockTimeoutMs: 1_500 });
  const shown: string[] = [];
  for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
    const { rows } = await sql.raw<Record<string, string>>(`show ${name}`).execute(database.kysely);
    shown.push(String(rows[0]?.[name]));
  }
  expect(shown).toEqual(['30s', '1500ms', '1min']);
});

test('more connections than the server allows are warned about in words, and `auto` takes its share', async () => {
  await using postgres = await startPostgres({ settings: { max_connections: 20 } });
  await using many = await openOn(postgres.url, { size: 10, overflow: 5, replicas: 2 });
  expect(many.lines.filter((line) => line.includes('connections may be opened'))).toEqual([
    expect.stringContaining(
      '2 x 15 connections may be opened, but the server allows 17: choose a smaller preset',
    ),
  ]);
  const share = { of: 0.8, min: 2, max: 20 };
  for (const [replicas, limit] of [
    [1, 13],
    [3, 4],
    [50, 2],
  ] as const) {
    await using auto = await openOn(postgres.url, { share, replicas });
    expect(auto.opened.stats().limit).toBe(limit);
  }
});

test('`min` connections are there before they are asked for', async () => {
  await using database = await openOn(inject('postgresUrl'), { size: 20, overflow: 0, min: 2, idleMs: 200 });
  await expect.poll(() => database.opened.stats().idle).toBe(2);
  await many(database.kysely, 20);
  expect(database.opened.stats().size).toBeGreaterThan(2);
  await expect.poll(() => database.opened.stats().size).toBe(2);
});

test('a check of a full pool takes no connection, and answers at once', async () => {
  await using database = await openOn(inject('postgresUrl'), { max: 2 });
  const { promise: going, resolve: go } = Promise.withResolvers<void>();
  const holders = [1, 2].map(() =>
    database.kysely.transaction().execute(async (trx) => {
      await one(trx);
      await going;
    }),
  );
  await expect.poll(() => database.opened.stats().inUse).toBe(2);
  const full = await atOnce(database.opened.check({ timeoutMs: 5_000 }));
  expect(full).toMatchObject({
    status: 'degraded',
    reason: 'every connection is taken: 2 of 2 in use, 0 callers waiting',
  });
  go();
  await Promise.all(holders);
});

test('a full pool names its holders, units by their names, and where each was begun', async () => {
  await using database = await openOn(inject('postgresUrl'), { max: 2, stacks: true });
  const { kysely, lines } = database;
  const slow = { name: 'monthly report', timeoutMs: 5_000 };
  const holders = [
    safeCommit(kysely, (trx) => sql`select pg_sleep(2), ${'s3cret'}::text`.execute(trx), slow),
    kysely.transaction().execute((trx) => sql`select pg_sleep(2)`.execute(trx)),
  ];
  await expect.poll(() => database.opened.stats().inUse).toBe(2);
  const logger = keepLog();
  const refused = await safeCommit(kysely, (trx) => one(trx), { timeoutMs: 100, logger });
  expect(refused).toMatchObject({ ok: false, attempts: 0, error: { code: 'POOL_EXHAUSTED' } });
  const { cause } = (refused as { error: { cause: { message: string; holders: { stack: string }[] } } })
    .error;
  expect(cause.message).toMatch(
    /2 of 2 in use, 0 more waiting; held by monthly report for \d+ ms, transaction for \d+ ms$/,
  );
  expect(cause.holders.map(({ stack }) => stack.includes('real-server.test.ts'))).toContain(true);
  await Promise.all(holders);
  const told = lines.filter((line) => line.includes('a statement was slow'));
  expect(told).toHaveLength(2);
  expect(told.join()).toContain('select pg_sleep(2), $1::text');
  expect(told.join()).not.toContain('s3cret');
});
