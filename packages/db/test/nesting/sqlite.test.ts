import type { SqliteHandle } from '@resilient/db';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Schema, temporaryDatabase } from '../sqlite/temporary-database.ts';
import { type NestingSubject, type Notes, nestingCases } from './nested-units.ts';

let database: Awaited<ReturnType<typeof temporaryDatabase>>;
let kysely: Kysely<Notes>;

beforeAll(async () => {
  const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_SNAPSHOT' });
  const conflict = (): never => {
    throw busy;
  };
  database = await temporaryDatabase({
    sqlitePreset: 'fast',
    onConnect: (handle: SqliteHandle) => handle.function('conflict', {}, conflict),
  });
  kysely = database.db.kysely as Kysely<Schema> as unknown as Kysely<Notes>;
  await sql`create table note (text text not null unique)`.execute(kysely);
  await sql`create trigger killer before insert on note when new.text = 'killer' begin select raise(rollback, 'x'); end`.execute(
    kysely,
  );
});
beforeEach(async () => {
  await sql`delete from note`.execute(kysely);
});
afterAll(() => database[Symbol.asyncDispose]());

const subject = (): NestingSubject => ({
  kysely,
  schema: 'main',
  notes: async () =>
    (await kysely.selectFrom('note').select('text').orderBy('text').execute()).map((row) => row.text),
  conflict: (trx) => sql`select conflict()`.execute(trx),
  end: (trx) => trx.insertInto('note').values({ text: 'killer' }).execute(),
});

nestingCases(subject);
