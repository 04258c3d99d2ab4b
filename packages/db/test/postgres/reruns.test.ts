import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Transaction } from '../../src/kysely.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type Schema, type TestDatabase } from './database.ts';

type Trx = Transaction<Schema>;

let database: TestDatabase;
const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  database = await openTestDatabase();
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
});
beforeEach(async () => {
  strays.length = 0;
  await database.rows('truncate note; update student set xp = 0');
});
afterEach(() => {
  expect(strays).toEqual([]);
});
afterAll(async () => {
  process.off('unhandledRejection', onStray);
  process.off('uncaughtException', onStray);
  await database[Symbol.asyncDispose]();
});

const xp = async (id: number): Promise<unknown> =>
  (await database.rows(`select xp::int from student where id = ${id}`))[0]?.xp;

const add = (trx: Trx, id: number): Promise<unknown> =>
  trx
    .updateTable('student')
    .set((eb) => ({ xp: eb('xp', '+', 1) }))
    .where('id', '=', id)
    .execute();

/** Both hold one row before they ask for the other's. */
async function deadlockOf(react: (second: () => Promise<unknown>) => Promise<unknown>) {
  let here = 0;
  let open: () => void = () => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const unit = (first: number, second: number) =>
    safeCommit(
      database.kysely,
      async (trx, { attempt }) => {
        await add(trx, first);
        if (attempt === 1) {
          here += 1;
          if (here === 2) open();
          await both;
        }
        await react(() => add(trx, second));
        return 'done';
      },
      { logger: database.log },
    );
  return Promise.all([unit(1, 2), unit(2, 1)]);
}

class AppError extends Error {}

test.each([
  ['passed on', (second: () => Promise<unknown>) => second()],
  [
    'wrapped in an AppError',
    async (second: () => Promise<unknown>) => {
      await second().catch((cause) => {
        throw new AppError('no luck', { cause });
      });
    },
  ],
  [
    'replaced by a plain string',
    async (second: () => Promise<unknown>) => {
      await second().catch(() => {
        throw 'no luck';
      });
    },
  ],
  ['swallowed', (second: () => Promise<unknown>) => second().catch(() => undefined)],
])('a deadlock victim is run again when its error is %s', async (_, react) => {
  const results = await deadlockOf(react);
  expect(results.map((result) => result.ok)).toEqual([true, true]);
  expect(results.map((result) => result.attempts).sort()).toEqual([1, 2]);
  expect([await xp(1), await xp(2)]).toEqual([2, 2]);
});

test('serialization failures at COMMIT or before it are run again until every unit is applied', async () => {
  let here = 0;
  const { promise: all, resolve: open } = Promise.withResolvers<void>();
  const units = Array.from({ length: 6 }, () =>
    safeCommit(
      database.kysely,
      async (trx, { attempt }) => {
        const rows = await trx.selectFrom('student').select(['id', 'xp']).execute();
        if (attempt === 1) {
          here += 1; // all have read before anybody writes
          if (here === 6) open();
          await all;
        }
        const total = rows.reduce((sum, row) => sum + row.xp, 0);
        await trx
          .updateTable('student')
          .set({ xp: total + 1 })
          .where('id', '=', 1)
          .execute();
      },
      { isolation: 'serializable', maxRetries: 50, logger: database.log },
    ),
  );
  const results = await Promise.all(units);
  expect(results.map((result) => result.ok)).toEqual(units.map(() => true));
  expect(results.some((result) => result.attempts > 1)).toBe(true);
  expect(await xp(1)).toBe(6);
});

test('a backend killed in the middle of a unit: run again, applied once, the process lives', async () => {
  const seen: number[] = [];
  const saved = await safeCommit(database.kysely, async (trx, { attempt }) => {
    seen.push(attempt);
    await add(trx, 1);
    if (attempt === 1) {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await database.rows(`select pg_terminate_backend(${rows[0]?.pid}, 5000)`);
    }
    await add(trx, 1);
    return 'kept';
  });
  expect(saved).toEqual({ ok: true, value: 'kept', attempts: 2 });
  expect(seen).toEqual([1, 2]);
  expect(await xp(1)).toBe(2);
});

test('a backend killed while work is idle, with nothing of its own to notice it, is run again at COMMIT', async () => {
  const saved = await safeCommit(database.kysely, async (trx, { attempt }) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    await add(trx, 1);
    if (attempt === 1) {
      await database.rows(`select pg_terminate_backend(${rows[0]?.pid}, 5000)`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await xp(1)).toBe(1);
});

test('idle connections that died do not cost a retry', async () => {
  await Promise.all(
    Array.from({ length: 5 }, () =>
      safeCommit(database.kysely, (trx) => sql`select pg_sleep(0.05)`.execute(trx)),
    ),
  );
  await database.rows(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
  );
  const saved = await safeCommit(database.kysely, (trx) => add(trx, 1), { maxRetries: 0 });
  expect(saved).toMatchObject({ ok: true, attempts: 1 });
});

test('a TypeError after a recovered savepoint error is not run again', async () => {
  const boom = new TypeError('boom');
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`savepoint a`.execute(trx);
      await sql`select 1/0`.execute(trx).catch(() => undefined);
      await sql`rollback to savepoint a`.execute(trx);
      throw boom;
    },
    { logger: database.log },
  );
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED', cause: boom } });
});

test('an error recovered by a savepoint does not doom the unit', async () => {
  const saved = await safeCommit(database.kysely, async (trx) => {
    await add(trx, 1);
    await sql`savepoint a`.execute(trx);
    await sql`select 1/0`.execute(trx).catch(() => undefined);
    await sql`ROLLBACK /* all of it */ TO a`.execute(trx);
    await add(trx, 1);
  });
  expect(saved).toMatchObject({ ok: true, attempts: 1 });
  expect(await xp(1)).toBe(2);
});

test('a swallowed final error is no success: COMMIT would be answered by ROLLBACK', async () => {
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await add(trx, 1);
      await sql`select 1/0`.execute(trx).catch(() => undefined);
    },
    { logger: database.log },
  );
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'REJECTED', sqlState: '22012', outcome: 'rejected' },
  });
  expect(await xp(1)).toBe(0);
});

test('retryOn and classify change the table for one call', async () => {
  let runs = 0;
  const divide = async (trx: Trx): Promise<unknown> => {
    runs += 1;
    return sql`select 1/0`.execute(trx);
  };
  const logger = database.log;
  const again = await safeCommit(database.kysely, divide, {
    retryOn: ['22012'],
    maxRetries: 2,
    random: () => 0,
    logger,
  });
  expect(again).toMatchObject({
    ok: false,
    attempts: 3,
    error: { code: 'RETRIES_EXHAUSTED', sqlState: '22012' },
  });
  const own = await safeCommit(database.kysely, divide, {
    classify: () => ({ transient: true, kind: 'conflict', outcome: 'rejected' }),
    maxRetries: 1,
    random: () => 0,
    logger,
  });
  expect(own).toMatchObject({ ok: false, attempts: 2 });
  const throwing = await safeCommit(database.kysely, divide, {
    classify: () => {
      throw new Error('classifier');
    },
    logger,
  });
  expect(throwing).toMatchObject({ ok: false, attempts: 1, error: { code: 'REJECTED' } });
  expect(runs).toBe(6);
});

test('a deferred constraint that fails at COMMIT is a definite CONSTRAINT, and its connection is good', async () => {
  await database.rows(
    'create table part (id int primary key, whole int references part deferrable initially deferred)',
  );
  const before = database.opened.stats().size;
  const failed = await safeCommit(
    database.kysely,
    (trx) => sql`insert into part values (1, 99)`.execute(trx),
    {
      logger: database.log,
    },
  );
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: {
      code: 'CONSTRAINT',
      sqlState: '23503',
      constraint: 'part_whole_fkey',
      table: 'part',
      outcome: 'rejected',
    },
  });
  expect(database.opened.stats()).toMatchObject({ size: before, inUse: 0 });
});

test('readOnly opens the transaction READ ONLY, and writing inside is final', async () => {
  const failed = await safeCommit(database.kysely, (trx) => add(trx, 1), {
    readOnly: true,
    logger: database.log,
  });
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'REJECTED', sqlState: '25006' } });
});
