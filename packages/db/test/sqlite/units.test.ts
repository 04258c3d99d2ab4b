import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '@resilient/core';
import { createDatabase, type Database, safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { counterOf, type Schema, temporaryDatabase } from './temporary-database.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const opened = async (opening: Promise<Database<Schema>> | undefined): Promise<Database<Schema>> => {
  if (!opening) throw new Error('it was never opened');
  return opening;
};

const rowsOf = async (db: Awaited<ReturnType<typeof temporaryDatabase>>['db']): Promise<string[]> =>
  (await db.kysely.selectFrom('log').select('worker').orderBy('id').execute()).map(({ worker }) => worker);

test('nothing is left of a unit whose work swallows RAISE(ROLLBACK), and the first error is the cause', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await sql`create trigger no_b before insert on log when new.worker = 'b' begin select raise(rollback, 'no b'); end`.execute(
    db.kysely,
  );
  const result = await safeCommit(db.kysely, async (trx) => {
    await trx.insertInto('log').values({ id: 1, worker: 'a', step: 1 }).execute();
    await trx
      .insertInto('log')
      .values({ id: 2, worker: 'b', step: 1 })
      .execute()
      .catch(() => {});
    await trx
      .insertInto('log')
      .values({ id: 3, worker: 'c', step: 1 })
      .execute()
      .catch(() => {});
    return 'done';
  });
  expect(result).toMatchObject({
    ok: false,
    attempts: 1,
    error: {
      code: 'CONSTRAINT',
      sqlState: 'SQLITE_CONSTRAINT_TRIGGER',
      cause: { code: 'SQLITE_CONSTRAINT_TRIGGER' },
    },
  });
  expect(await rowsOf(db)).toEqual([]);
});

test('nothing is left of a unit that fills the database, although its work goes on', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await sql`pragma max_page_count = 12`.execute(db.kysely);
  const result = await safeCommit(db.kysely, async (trx) => {
    await trx.updateTable('counter').set({ value: 1 }).execute();
    for (let id = 1; id <= 50; id += 1) {
      await trx
        .insertInto('log')
        .values({ id, worker: 'x'.repeat(4_000), step: 1 })
        .execute()
        .catch(() => {});
    }
  });
  expect(result).toMatchObject({ ok: false, error: { code: 'REJECTED', sqlState: 'SQLITE_FULL' } });
  await sql`pragma max_page_count = 1000`.execute(db.kysely);
  expect(await rowsOf(db)).toEqual([]);
  expect(await counterOf(db)).toBe(0);
});

test('a statement that begins or ends a transaction is refused inside a unit', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  for (const text of [
    'commit',
    'END',
    '/* done */ rollback',
    'begin immediate',
    ' -- x\n commit transaction',
  ]) {
    const result = await safeCommit(db.kysely, async (trx) => {
      await trx.insertInto('log').values({ id: 1, worker: 'a', step: 1 }).execute();
      await sql.raw(text).execute(trx);
    });
    expect(result, text).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
  }
  expect(await rowsOf(db)).toEqual([]);
});

test('nothing is committed if statements or a stream were not awaited', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const forgotten = await safeCommit(db.kysely, async (trx) => {
    for (let id = 1; id <= 3; id += 1)
      void trx.insertInto('log').values({ id, worker: 'a', step: 1 }).execute();
  });
  expect(forgotten).toMatchObject({
    ok: false,
    error: { code: 'WORK_FAILED', cause: { message: expect.stringContaining('log') } },
  });
  await db.kysely
    .insertInto('log')
    .values([
      { id: 10, worker: 'x', step: 1 },
      { id: 11, worker: 'x', step: 1 },
    ])
    .execute();
  const streamed = await safeCommit(db.kysely, async (trx) => {
    await trx.updateTable('counter').set({ value: 5 }).execute();
    await trx.selectFrom('log').selectAll().stream(1)[Symbol.asyncIterator]().next();
  });
  expect(streamed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
  expect(await counterOf(db)).toBe(0);
  expect(await rowsOf(db)).toEqual(['x', 'x']);
});

test('the outer handle is refused at once inside a unit, and so is a second unit that may not join', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const tried: string[] = [];
  const result = await safeCommit(db.kysely, async (trx) => {
    await trx.updateTable('counter').set({ value: 2 }).execute();
    const attempts: (() => Promise<unknown>)[] = [
      () => db.kysely.selectFrom('counter').selectAll().execute(),
      () => db.kysely.transaction().execute(async () => {}),
      () => safeCommit(db.kysely, () => {}, { nesting: 'forbid' }),
      () => safeCommit(db.kysely.withSchema('main'), () => {}, { nesting: 'forbid' }),
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
        tried.push('let through');
      } catch (error) {
        tried.push((error as Error).message);
      }
    }
  });
  expect(result.ok).toBe(true);
  expect(tried).toHaveLength(4);
  for (const message of tried) expect(message).toContain('use the transaction that `work` is given');
  expect(await counterOf(db)).toBe(2);
});

test('a deferred key that is violated at COMMIT is a CONSTRAINT, and the next unit finds the connection clean', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await sql`create table child (id integer primary key, counter integer references counter(id) deferrable initially deferred)`.execute(
    db.kysely,
  );
  const result = await safeCommit(db.kysely, (trx) => sql`insert into child values (1, 99)`.execute(trx));
  expect(result).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'CONSTRAINT', sqlState: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
  });
  expect((await sql`select * from child`.execute(db.kysely)).rows).toEqual([]);
  expect(
    (await safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value: 3 }).execute())).ok,
  ).toBe(true);
  expect(await counterOf(db)).toBe(3);
});

test('a unit for reading only sees one state and may not write', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const other = await createDatabase<Schema>({ url: temporary.url });
  const seen = await safeCommit(
    db.kysely,
    async (trx) => {
      await other.kysely.updateTable('counter').set({ value: 8 }).execute();
      return (await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow()).value;
    },
    { readOnly: true },
  );
  expect(seen).toMatchObject({ ok: true, value: 0 });
  const written = await safeCommit(db.kysely, (trx) => trx.deleteFrom('counter').execute(), {
    readOnly: true,
  });
  expect(written).toMatchObject({ ok: false, error: { code: 'REJECTED', sqlState: 'SQLITE_READONLY' } });
  expect(await counterOf(db)).toBe(8);
  await other.close();
});

test('100 concurrent units each see the value of their own caller', async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const caller = new AsyncLocalStorage<number>();
  const seen = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      caller.run(number, () =>
        safeCommit(db.kysely, async (trx) => {
          const before = caller.getStore();
          await trx.updateTable('counter').set({ value: number }).execute();
          return before === number && caller.getStore() === number;
        }),
      ),
    ),
  );
  expect(seen.filter((result) => result.ok && result.value)).toHaveLength(100);
});

test('a database first used inside withDeadline(50) still works a second later', async () => {
  await using temporary = await temporaryDatabase();
  const { url } = temporary;
  let opening: Promise<Database<Schema>> | undefined;
  await withDeadline(50, async () => {
    opening = createDatabase<Schema>({ url });
    await (await opened(opening)).kysely.selectFrom('counter').selectAll().execute();
  }).catch(() => {});
  const db = await opened(opening);
  await sleep(1_000);
  const results = await Promise.all(
    Array.from({ length: 20 }, () =>
      safeCommit(db.kysely, async (trx) => {
        await sleep(5);
        await trx.updateTable('counter').set({ value: 2 }).execute();
      }),
    ),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  await db.close();
});

test('a unit that is given up while it works leaves nothing, and its later statements throw', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const later: string[] = [];
  const result = await safeCommit(
    db.kysely,
    async (trx) => {
      await trx.insertInto('log').values({ id: 1, worker: 'a', step: 1 }).execute();
      await sleep(1_200);
      await trx
        .insertInto('log')
        .values({ id: 2, worker: 'b', step: 1 })
        .execute()
        .catch((error: Error) => later.push(error.message));
    },
    { timeoutMs: 600 },
  );
  expect(result).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  await db.kysely.updateTable('counter').set({ value: 4 }).execute();
  await expect.poll(() => later).toHaveLength(1);
  expect(await rowsOf(db)).toEqual([]);
});
