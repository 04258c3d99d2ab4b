import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  database = await openTestDatabase({ max: 4 });
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
});
beforeEach(async () => {
  await database.rows('truncate note');
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(strays).toEqual([]);
  expect(database.opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});
afterAll(async () => {
  process.off('unhandledRejection', onStray);
  process.off('uncaughtException', onStray);
  await database[Symbol.asyncDispose]();
});

const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;

test('single statements, with the number of rows they changed', async () => {
  const db = database.kysely;
  const inserted = await db
    .insertInto('note')
    .values([{ text: 'a' }, { text: 'b' }] as never)
    .executeTakeFirst();
  expect(inserted.numInsertedOrUpdatedRows).toBe(2n);
  expect(await db.selectFrom('note').select('text').orderBy('text').execute()).toEqual([
    { text: 'a' },
    { text: 'b' },
  ]);
  const removed = await db.deleteFrom('note').executeTakeFirst();
  expect(removed.numDeletedRows).toBe(2n);
});

test('bigint and count are numbers, and beyond 2^53 an error instead of a wrong number', async () => {
  const db = database.kysely;
  const read = <T>(text: string) => sql.raw<T>(text).execute(db);
  expect(
    (
      await read(
        'select 9007199254740991::int8 as a, count(*) as b, array[1,null]::int8[] as c, 1.5::numeric as d',
      )
    ).rows,
  ).toEqual([{ a: 9_007_199_254_740_991, b: 1, c: [1, null], d: '1.5' }]);
  await expect(read('select 9007199254740993::int8 as a')).rejects.toThrow('beyond 2^53');
});

test('transaction(): commits, rolls back, and an error that was swallowed is no success', async () => {
  const db = database.kysely;
  await db.transaction().execute((trx) =>
    trx
      .insertInto('note')
      .values({ text: 'a' } as never)
      .execute(),
  );
  await expect(
    db.transaction().execute(async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: 'b' } as never)
        .execute();
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await expect(
    db.transaction().execute(async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: 'c' } as never)
        .execute();
      await sql`select 1/0`.execute(trx).catch(() => undefined);
    }),
  ).rejects.toThrow('answered COMMIT with ROLLBACK');
  expect(await notes()).toBe(1);
});

test('transaction(): three un-awaited inserts commit nothing', async () => {
  const forgetful = database.kysely.transaction().execute(async (trx) => {
    for (const text of ['a', 'b', 'c'])
      void trx
        .insertInto('note')
        .values({ text } as never)
        .execute();
  });
  await expect(forgetful).rejects.toThrow('await "insert into note"');
  expect(await notes()).toBe(0);
});

test('transaction(): a branch of a rolled-back one writes nothing', async () => {
  const branches: Promise<unknown>[] = [];
  const unit = (n: number) =>
    database.kysely.transaction().execute(async (trx) => {
      const branch = async (): Promise<void> => {
        for (let i = 0; i < 3; i += 1)
          await trx
            .insertInto('note')
            .values({ text: `z ${n} ${i}` } as never)
            .execute();
      };
      branches.push(branch().catch(() => undefined));
      await Promise.all([sql`select 1/0`.execute(trx), branches.at(-1)]);
    });
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => unit(n)));
  expect(results.every((result) => result.status === 'rejected')).toBe(true);
  await Promise.all(branches);
  expect(await notes()).toBe(0);
});

test('startTransaction() with savepoints', async () => {
  const trx = await database.kysely.startTransaction().execute();
  await trx
    .insertInto('note')
    .values({ text: 'a' } as never)
    .execute();
  const after = await trx.savepoint('s "1"').execute();
  await after
    .insertInto('note')
    .values({ text: 'b' } as never)
    .execute();
  await after.rollbackToSavepoint('s "1"').execute();
  await trx.commit().execute();
  expect(await notes()).toBe(1);
});

test('streams outside of a transaction, with parameters, in portions', async () => {
  const db = database.kysely;
  await sql`insert into note (text) select 'n' || i from generate_series(1, 25) i`.execute(db);
  const seen: string[] = [];
  for await (const row of db.selectFrom('note').select('text').where('id', '>', 0).orderBy('id').stream(10))
    seen.push(row.text);
  expect(seen).toHaveLength(25);
  for await (const row of db.selectFrom('note').select('text').stream(10)) {
    expect(row.text).toBeTypeOf('string');
    break;
  }
});

test('a client that dies while it is lent does not crash the process', async () => {
  await expect(
    database.kysely.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await database.rows(`select pg_terminate_backend(${rows[0]?.pid}, 5000)`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await trx
        .insertInto('note')
        .values({ text: 'a' } as never)
        .execute();
    }),
  ).rejects.toThrow();
  expect(await notes()).toBe(0);
});

test('an open transaction of a raw BEGIN is not given to the next caller', async () => {
  const db = database.kysely;
  for (let n = 0; n < 4; n += 1) await sql`begin`.execute(db);
  await sql`insert into note (text) values ('mine')`.execute(db);
  expect(await notes()).toBe(1);
});
