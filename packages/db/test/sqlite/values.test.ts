import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryDatabase } from './temporary-database.ts';

test('booleans are bound as 0 and 1, instants as ISO text, undefined as null, bytes as bytes', async () => {
  await using temporary = await temporaryDatabase();
  const { rows } =
    await sql`select ${true} as yes, ${false} as no, ${new Date(0)} as at, ${null} as none, ${new Uint8Array([1, 2])} as bytes`.execute(
      temporary.db.kysely,
    );
  expect(rows).toEqual([
    { yes: 1, no: 0, at: '1970-01-01T00:00:00.000Z', none: null, bytes: Buffer.from([1, 2]) },
  ]);
});

test('whole numbers beyond 32 bits are stored as integers, also in a column of text', async () => {
  await using temporary = await temporaryDatabase();
  const { rows } =
    await sql`select typeof(${3_000_000_000}) as large, typeof(${1.5}) as real, ${10_000_000_000} || '' as text`.execute(
      temporary.db.kysely,
    );
  expect(rows).toEqual([{ large: 'integer', real: 'real', text: '10000000000' }]);
});

test('count(*), sums and integers of 64 bits come as numbers, and beyond 2^53 as an error that names the column', async () => {
  await using temporary = await temporaryDatabase();
  const { kysely } = temporary.db;
  const counted = await kysely
    .selectFrom('student')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirst();
  expect(counted).toEqual({ n: 1 });
  expect((await sql`select ${Number.MAX_SAFE_INTEGER} as n, 2.5 as r`.execute(kysely)).rows).toEqual([
    { n: Number.MAX_SAFE_INTEGER, r: 2.5 },
  ]);
  await expect(sql`select 9007199254740993 as tally`.execute(kysely)).rejects.toThrow('column tally');
  await expect(sql`select -9007199254740993 as tally`.execute(kysely)).rejects.toThrow('column tally');
  expect((await sql`select cast(9007199254740993 as text) as t`.execute(kysely)).rows).toEqual([
    { t: '9007199254740993' },
  ]);
});

test('row locks compile to nothing', async () => {
  await using temporary = await temporaryDatabase();
  const query = temporary.db.kysely.selectFrom('student').select('id');
  const plain = query.compile().sql;
  expect(query.forUpdate().compile().sql).toBe(plain);
  expect(query.forUpdate().skipLocked().compile().sql).toBe(plain);
  expect(query.forNoKeyUpdate().noWait().compile().sql).toBe(plain);
  expect(query.forShare().compile().sql).toBe(plain);
  expect(query.forKeyShare().compile().sql).toBe(plain);
  expect(query.forUpdate().modifyEnd(sql`-- kept`).compile().sql).toBe(`${plain} -- kept`);
});

test('inserts tell their id, updates how many rows, RETURNING answers rows', async () => {
  await using temporary = await temporaryDatabase();
  const { kysely } = temporary.db;
  const inserted = await kysely.insertInto('student').values({ id: 5, name: 'Bo', xp: 1 }).executeTakeFirst();
  expect(inserted).toMatchObject({ insertId: 5n, numInsertedOrUpdatedRows: 1n });
  const updated = await kysely.updateTable('student').set({ xp: 2 }).executeTakeFirst();
  expect(updated.numUpdatedRows).toBe(2n);
  const returned = await kysely.deleteFrom('student').where('id', '=', 5).returning('name').execute();
  expect(returned).toEqual([{ name: 'Bo' }]);
});
