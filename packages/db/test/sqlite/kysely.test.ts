import { setTimeout as sleep } from 'node:timers/promises';
import { safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { counterOf, temporaryDatabase } from './temporary-database.ts';

test('a transaction of Kysely begins immediately and is not lost to others that write', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await Promise.all(
    Array.from({ length: 30 }, () =>
      db.kysely.transaction().execute(async (trx) => {
        const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
        await sleep(1);
        await trx
          .updateTable('counter')
          .set({ value: value + 1 })
          .execute();
      }),
    ),
  );
  expect(await counterOf(db)).toBe(30);
});

test('savepoints of a controlled transaction undo what came after them', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const trx = await db.kysely.startTransaction().execute();
  await trx.updateTable('counter').set({ value: 1 }).execute();
  const inner = await trx.savepoint('a"b').execute();
  await inner.updateTable('counter').set({ value: 2 }).execute();
  const back = await inner.rollbackToSavepoint('a"b').execute();
  await (await back.releaseSavepoint('a"b').execute()).commit().execute();
  expect(await counterOf(db)).toBe(1);
});

test('no statement of a failed transaction runs after its rollback', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  for (let round = 0; round < 100; round += 1) {
    await db.kysely
      .transaction()
      .execute(async (trx) => {
        const insert = (id: number): Promise<unknown> =>
          trx.insertInto('log').values({ id, worker: 'zombie', step: round }).execute();
        await Promise.all([
          sql`select * from nowhere`.execute(trx),
          ...Array.from({ length: 12 }, (_, index) => insert(1 + round * 12 + index).catch(() => {})),
        ]);
      })
      .catch(() => {});
  }
  await sleep(20);
  expect((await db.kysely.selectFrom('log').selectAll().execute()).length).toBe(0);
});

test('a transaction that the database has ended is not half applied, and its COMMIT is a failure', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await sql`create trigger no_b before insert on log when new.worker = 'b' begin select raise(rollback, 'no b'); end`.execute(
    db.kysely,
  );
  const transaction = db.kysely.transaction().execute(async (trx) => {
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
  });
  await expect(transaction).rejects.toThrow('the database has ended the transaction');
  expect(await db.kysely.selectFrom('log').selectAll().execute()).toEqual([]);
});

test('BEGIN, COMMIT and ROLLBACK as text are refused in a transaction of Kysely', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const transaction = db.kysely.transaction().execute(async (trx) => {
    await trx.updateTable('counter').set({ value: 1 }).execute();
    await sql`commit`.execute(trx);
  });
  await expect(transaction).rejects.toThrow('refused inside');
  expect(await counterOf(db)).toBe(0);
});

test('a transaction by hand on one connection works, and one left open is undone when the connection is given back', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await db.kysely.connection().execute(async (own) => {
    await sql`begin immediate`.execute(own);
    await own.updateTable('counter').set({ value: 1 }).execute();
    await sql`commit`.execute(own);
    await own.transaction().execute((trx) => trx.updateTable('counter').set({ value: 2 }).execute());
    await own.selectFrom('counter').selectAll().execute();
    await sql`begin`.execute(own);
    await own.updateTable('counter').set({ value: 3 }).execute();
  });
  expect(await counterOf(db)).toBe(2);
});

test('what is left running when a connection is given back takes no turn that nobody gives back', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const left: Promise<unknown>[] = [];
  await db.kysely.connection().execute(async (own) => {
    for (let id = 1; id <= 5; id += 1) {
      const statement = own.insertInto('log').values({ id, worker: 'left', step: id }).execute();
      left.push(statement.catch((error: Error) => error.message));
    }
  });
  await Promise.all(left);
  expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  expect((await safeCommit(db.kysely, () => {}, { timeoutMs: 1_000 })).ok).toBe(true);
});

test('a temporary table is written and read back on one connection', async () => {
  await using temporary = await temporaryDatabase();
  await temporary.db.kysely.connection().execute(async (own) => {
    await sql`create temporary table basket (item text)`.execute(own);
    await sql`insert into basket values ('apple')`.execute(own);
    expect((await sql`select item from basket`.execute(own)).rows).toEqual([{ item: 'apple' }]);
  });
});

test('a stream gives its rows in chunks, may be left early, and holds nobody up afterwards', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const rows = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, worker: 'a', step: index }));
  await db.kysely.insertInto('log').values(rows).execute();
  const seen: number[] = [];
  for await (const { id } of db.kysely.selectFrom('log').selectAll().orderBy('id').stream(10)) seen.push(id);
  expect(seen).toEqual(rows.map(({ id }) => id));
  for await (const { id } of db.kysely.selectFrom('log').selectAll().orderBy('id').stream(10))
    if (id === 3) break;
  expect((await safeCommit(db.kysely, (trx) => trx.deleteFrom('log').execute())).ok).toBe(true);
});

test('a statement waiting for its turn is given up when its signal is aborted', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const holder = await db.kysely.startTransaction().execute();
  const controller = new AbortController();
  const waiting = db.kysely.updateTable('counter').set({ value: 1 }).execute({ signal: controller.signal });
  await sleep(5);
  expect(db.stats()).toMatchObject({ inUse: 1, waiting: 1 });
  controller.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
  expect(db.stats().waiting).toBe(0);
  await holder.rollback().execute();
});

test('the texts of 2,000 different statements and a changed table do no harm to prepared statements', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const read = (): Promise<{ rows: unknown[] }> => sql`select * from counter`.execute(db.kysely);
  expect((await read()).rows).toEqual([{ id: 1, value: 0 }]);
  for (let index = 0; index < 2_000; index += 1) await sql.raw(`select ${index}`).execute(db.kysely);
  await sql`alter table counter add column label text default 'x'`.execute(db.kysely);
  expect((await read()).rows).toEqual([{ id: 1, value: 0, label: 'x' }]);
});
