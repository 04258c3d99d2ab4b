import { createDatabase, type IntegerForm, safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openTestDatabase } from '../postgres/database.ts';
import { temporaryFile } from '../sqlite/temporary-database.ts';

interface Schema {
  tally: { id: number; total: number | bigint | string };
}

const BEYOND = 2n ** 53n + 1n;
const BIG: Readonly<Record<Exclude<IntegerForm, 'number'>, unknown>> = {
  bigint: BEYOND,
  string: String(BEYOND),
};

async function openOn(kind: 'sqlite' | 'postgres', int8: IntegerForm) {
  if (kind === 'sqlite') {
    const file = await temporaryFile();
    const db = await createDatabase<Schema>({ url: file.url, sqlitePreset: 'fast', int8 });
    const end = async (): Promise<void> => {
      await db.close();
      await file[Symbol.asyncDispose]();
    };
    return { db, end };
  }
  const own = await openTestDatabase();
  const db = await createDatabase<Schema>({ url: own.url, int8 });
  const end = async (): Promise<void> => {
    await db.close();
    await own[Symbol.asyncDispose]();
  };
  return { db, end };
}

describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
  test.each(['bigint', 'string'] as const)('int8: %s holds what a number cannot', async (int8) => {
    const { db, end } = await openOn(kind, int8);
    await sql`create table tally (id integer primary key, total bigint not null)`.execute(db.kysely);
    await sql`insert into tally values (1, 9007199254740993)`.execute(db.kysely);
    const row = { id: 1, total: BIG[int8] };
    expect(await db.kysely.selectFrom('tally').selectAll().execute()).toEqual([row]);
    const one = int8 === 'bigint' ? 1n : '1';
    const counted = db.kysely.selectFrom('tally').select((eb) => eb.fn.countAll().as('n'));
    expect(await counted.execute()).toEqual([{ n: one }]);
    const saved = await safeCommit(db.kysely, async (trx) => {
      const streamed: unknown[] = [];
      for await (const each of trx.selectFrom('tally').selectAll().stream()) streamed.push(each);
      return [await trx.selectFrom('tally').select('total').execute(), streamed];
    });
    expect(saved).toMatchObject({ ok: true, value: [[{ total: BIG[int8] }], [row]] });
    await end();
  });

  test('a form that there is not is refused', async () => {
    const wrong = createDatabase({ url: 'sqlite::memory:', int8: 'float' as never });
    await expect(wrong).rejects.toThrow('expected `int8` to be one of');
  });
});

test('arrays of them too', async () => {
  const { db, end } = await openOn('postgres', 'string');
  const { rows } = await sql`select array[1, null, 9007199254740993]::bigint[] as all`.execute(db.kysely);
  expect(rows).toEqual([{ all: ['1', null, '9007199254740993'] }]);
  await end();
});
