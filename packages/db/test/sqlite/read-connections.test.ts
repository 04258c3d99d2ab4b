import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type SqliteHandle, safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from './temporary-database.ts';

const add = async ({ db }: Awaited<ReturnType<typeof temporaryDatabase>>, value: number): Promise<void> => {
  await db.kysely.updateTable('counter').set({ value }).where('id', '=', 1).execute();
};

test('a read issued after an awaited write sees it, a thousand times', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast' });
  for (let value = 1; value <= 1_000; value += 1) {
    await add(temporary, value);
    expect(await counterOf(temporary.db)).toBe(value);
  }
});

test('reads, streams and read-only units go on while a unit holds the writer', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await add(temporary, 5);
  const holder = await db.kysely.startTransaction().execute();
  await holder.updateTable('counter').set({ value: 9 }).execute();
  expect(await counterOf(db)).toBe(5);
  const streamed: number[] = [];
  for await (const row of db.kysely.selectFrom('counter').selectAll().stream(1)) streamed.push(row.value);
  expect(streamed).toEqual([5]);
  const unit = await safeCommit(
    db.kysely,
    (trx) => trx.selectFrom('counter').select('value').executeTakeFirstOrThrow(),
    { readOnly: true },
  );
  expect(unit).toMatchObject({ ok: true, value: { value: 5 } });
  const seen = await db.kysely
    .transaction()
    .setAccessMode('read only')
    .execute((trx) => trx.selectFrom('counter').selectAll().execute());
  expect(seen).toEqual([{ id: 1, value: 5 }]);
  await holder.commit().execute();
  expect(await counterOf(db)).toBe(9);
});

test('a stream keeps to the state that it began with, and holds up no writer', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const rows = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, worker: 'a', step: index }));
  await db.kysely.insertInto('log').values(rows).execute();
  let seen = 0;
  for await (const _row of db.kysely.selectFrom('log').selectAll().stream(10)) {
    if (seen === 15)
      expect((await safeCommit(db.kysely, (trx) => trx.deleteFrom('log').execute())).ok).toBe(true);
    seen += 1;
  }
  expect(seen).toBe(100);
  expect(await db.kysely.selectFrom('log').selectAll().execute()).toEqual([]);
  expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});

test('ten streams at once are all read to their end', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const rows = Array.from({ length: 50 }, (_, index) => ({ id: index + 1, worker: 'a', step: index }));
  await db.kysely.insertInto('log').values(rows).execute();
  const read = async (): Promise<number> => {
    let seen = 0;
    for await (const _row of db.kysely.selectFrom('log').selectAll().stream(5)) {
      seen += 1;
      if (seen % 10 === 0) await sleep(1);
    }
    return seen;
  };
  expect(await Promise.all(Array.from({ length: 10 }, read))).toEqual(Array(10).fill(50));
  expect(db.stats().size).toBeLessThanOrEqual(db.stats().limit);
});

test('what only the writer knows is asked of it: temporary tables, attached files, the last id, pragmas', async () => {
  await using temporary = await temporaryDatabase();
  const { kysely } = temporary.db;
  await sql`create temporary table counter (id integer, value integer)`.execute(kysely);
  await sql`insert into temp.counter values (7, 70)`.execute(kysely);
  expect(await kysely.selectFrom('counter').selectAll().execute()).toEqual([{ id: 7, value: 70 }]);
  await sql`drop table temp.counter`.execute(kysely);
  expect(await kysely.selectFrom('counter').selectAll().execute()).toEqual([{ id: 1, value: 0 }]);
  await sql`attach ':memory:' as other`.execute(kysely);
  await sql`create table other.thing (a)`.execute(kysely);
  expect((await sql`select * from other.thing`.execute(kysely)).rows).toEqual([]);
  await sql`detach other`.execute(kysely);
  await kysely.insertInto('student').values({ id: 41, name: 'Bo', xp: 1 }).execute();
  expect((await sql`select last_insert_rowid() as id`.execute(kysely)).rows).toEqual([{ id: 41 }]);
  await sql`pragma user_version = 12`.execute(kysely);
  expect((await sql`pragma user_version`.execute(kysely)).rows).toEqual([{ user_version: 12 }]);
});

test('a text that begins like a read and writes goes to the writer; one that is wrong says so', async () => {
  await using temporary = await temporaryDatabase();
  const { kysely } = temporary.db;
  await sql`with added (v) as (values (3)) update counter set value = (select v from added)`.execute(kysely);
  expect(await counterOf(temporary.db)).toBe(3);
  await expect(sql`select * from nowhere`.execute(kysely)).rejects.toThrow('no such table: nowhere');
});

test('onConnect is called for every connection, and its functions can be used in reads and units', async () => {
  let calls = 0;
  const onConnect = (handle: SqliteHandle): void => {
    calls += 1;
    handle.function('twice', { deterministic: true }, (value: number) => value * 2);
  };
  await using temporary = await temporaryDatabase({ onConnect });
  const { db } = temporary;
  expect((await sql`select twice(21) as n`.execute(db.kysely)).rows).toEqual([{ n: 42 }]);
  const read = await safeCommit(db.kysely, (trx) => sql`select twice(4) as n`.execute(trx), {
    readOnly: true,
  });
  expect(read).toMatchObject({ ok: true, value: { rows: [{ n: 8 }] } });
  const written = await safeCommit(db.kysely, (trx) => sql`select twice(5) as n`.execute(trx));
  expect(written).toMatchObject({ ok: true, value: { rows: [{ n: 10 }] } });
  expect(calls).toBe(db.stats().size);
});

test('with a rollback journal, and in memory, there is one connection for everything', async () => {
  await using folder = await temporaryFile();
  const onConnect = (handle: SqliteHandle): void => void handle.pragma('journal_mode = delete');
  for (const options of [{ url: folder.url, onConnect }, { url: ':memory:' }]) {
    const db = await createDatabase<Schema>(options);
    await createTables(db);
    expect(await counterOf(db)).toBe(0);
    expect(db.stats()).toMatchObject({ size: 1, limit: 1 });
    await db.close();
  }
});

test('a connection by hand may read in a transaction of its own, and write afterwards', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await db.kysely.connection().execute(async (own) => {
    await own
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => trx.selectFrom('counter').selectAll().execute());
    await own.updateTable('counter').set({ value: 6 }).execute();
  });
  expect(await counterOf(db)).toBe(6);
  expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});

test('close waits for a read-only unit, and takes its connection when the time is up', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const outcomes: unknown[] = [];
  const unit = safeCommit(
    db.kysely,
    async (trx) => {
      await trx.selectFrom('counter').selectAll().execute();
      await sleep(300);
      await trx
        .selectFrom('counter')
        .selectAll()
        .execute()
        .catch((error: Error) => outcomes.push(error.message));
    },
    { readOnly: true },
  );
  await sleep(20);
  await db.close({ timeoutMs: 50 });
  await unit;
  expect(outcomes).toHaveLength(1);
  expect(db.stats()).toMatchObject({ size: 0, inUse: 0 });
});
