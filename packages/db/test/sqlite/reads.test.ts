import { createDatabase, safeCommit } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { temporaryFile } from './temporary-database.ts';

describe('reads beside a unit', () => {
  it('go on while a unit waits for the lock of another process', async () => {
    await using file = await temporaryFile();
    await using db = await createDatabase<{ note: { id: number } }>({ url: file.url });
    await sql`create table note (id integer)`.execute(db.kysely);
    await db.kysely.insertInto('note').values({ id: 1 }).execute();
    const lock = await holdSqliteLock(file.file, Number.POSITIVE_INFINITY);
    const unit = safeCommit(db.kysely, (trx) => trx.insertInto('note').values({ id: 2 }).execute());
    const write = db.kysely.insertInto('note').values({ id: 3 }).execute();
    for (let round = 0; round < 5; round++) {
      expect(await db.kysely.selectFrom('note').select('id').execute()).toEqual([{ id: 1 }]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await lock.release();
    expect(await unit).toMatchObject({ ok: true, attempts: 1 });
    await write;
    expect(await db.kysely.selectFrom('note').select('id').orderBy('id').execute()).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('never see what a unit has not committed', async () => {
    await using file = await temporaryFile();
    await using db = await createDatabase<{ note: { id: number } }>({ url: file.url });
    await sql`create table note (id integer)`.execute(db.kysely);
    const written = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const unit = safeCommit(db.kysely, async (trx) => {
      await trx.insertInto('note').values({ id: 1 }).execute();
      written.resolve();
      await goOn.promise;
      throw new Error('changed my mind');
    });
    await written.promise;
    const read = db.kysely.selectFrom('note').select('id').execute();
    setTimeout(goOn.resolve, 30);
    expect(await read).toEqual([]);
    expect(await unit).toMatchObject({ ok: false });
  });
});
