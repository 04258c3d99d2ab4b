import { randomUUID } from 'node:crypto';
import { type CreateDatabaseOptions, createDatabase, type Database, safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { temporaryFile } from '../sqlite/temporary-database.ts';

interface Schema {
  student: { id: number; xp: number };
}

/** One call serves both engines: what belongs to the other is checked and left unused. */
const options: CreateDatabaseOptions = { preset: 'standard', sqlitePreset: 'durable', busyTimeoutMs: 20_000 };

describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
  const schema = `either_${randomUUID().replaceAll('-', '')}`;
  let db: Database<Schema>;
  let clean = async (): Promise<void> => {};

  beforeAll(async () => {
    if (kind === 'sqlite') {
      const folder = await temporaryFile();
      clean = async () => folder[Symbol.asyncDispose]();
      db = await createDatabase<Schema>({ url: folder.url, ...options });
      await sql`create table student (id integer primary key, xp bigint not null)`.execute(db.kysely);
    } else {
      const url = new URL(inject('postgresUrl'));
      const admin = await createDatabase({ url: url.href });
      await sql`create schema ${sql.id(schema)}`.execute(admin.kysely);
      await sql`create table ${sql.id(schema, 'student')} (id integer primary key, xp bigint not null)`.execute(
        admin.kysely,
      );
      clean = async () => {
        await sql`drop schema ${sql.id(schema)} cascade`.execute(admin.kysely);
        await admin.close();
      };
      url.searchParams.set('options', `-c search_path=${schema}`);
      db = await createDatabase<Schema>({ url: url.href, ...options });
    }
    await db.kysely.insertInto('student').values({ id: 1, xp: 0 }).execute();
  });
  afterAll(async () => {
    await db?.close();
    await clean();
  });

  test('the headline example runs as it is written', async () => {
    const id = 1;
    const shown: string[] = [];
    const flash = (text: string): void => void shown.push(text);
    const saved = await safeCommit(
      db.kysely,
      async (trx) => {
        const s = await trx
          .selectFrom('student')
          .select('xp')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirstOrThrow();
        await trx
          .updateTable('student')
          .set({ xp: s.xp + 10 })
          .where('id', '=', id)
          .execute();
        return s.xp + 10;
      },
      { maxRetries: 3, timeoutMs: 30_000 },
    );

    if (saved.ok) flash(`Progress saved: ${saved.value}`);
    else flash('Failed to save progress. Please try again.');
    expect(shown).toEqual(['Progress saved: 10']);
    expect(saved).toEqual({ ok: true, value: 10, attempts: 1 });
    expect(await db.kysely.selectFrom('student').selectAll().execute()).toEqual([{ id, xp: 10 }]);
  });

  test('numbers of 64 bits and counts are numbers, or an error beyond 2^53', async () => {
    const counted = await db.kysely
      .selectFrom('student')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirst();
    expect(counted).toEqual({ n: 1 });
    await expect(sql`select cast(9007199254740993 as bigint) as tally`.execute(db.kysely)).rejects.toThrow();
  });

  test('it says which engine it is, and that it is well', async () => {
    expect(db.kind).toBe(kind);
    expect(await db.check()).toMatchObject({
      status: 'ok',
      kind,
      version: expect.stringMatching(/^\d+\.\d+/),
    });
    expect(db.stats()).toMatchObject({ waiting: 0, inUse: 0 });
  });
});
