import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateDatabaseOptions, createDatabase, type Database } from '@resilient/db';
import { sql } from 'kysely';

// Units that fail on purpose are no news.
process.env.RESILIENT_LOG_LEVEL ??= 'silent';

/** The tables of these tests. */
export interface Schema {
  counter: { id: number; value: number };
  student: { id: number; name: string; xp: number };
  log: { id: number; worker: string; step: number };
}

/** A folder with a database file that goes with its block. */
export interface TemporaryFile extends AsyncDisposable {
  readonly file: string;
  readonly url: string;
}

export async function temporaryFile(): Promise<TemporaryFile> {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-db-'));
  const file = join(folder, 'test.db');
  return {
    file,
    url: `sqlite:${file}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Makes the tables, with one counter and one student at 0. */
export async function createTables(db: Database<Schema>): Promise<void> {
  await sql`create table counter (id integer primary key, value integer not null)`.execute(db.kysely);
  await sql`create table student (id integer primary key, name text not null unique, xp bigint not null)`.execute(
    db.kysely,
  );
  await sql`create table log (id integer primary key, worker text not null, step integer not null)`.execute(
    db.kysely,
  );
  await db.kysely.insertInto('counter').values({ id: 1, value: 0 }).execute();
  await db.kysely.insertInto('student').values({ id: 1, name: 'Ada', xp: 0 }).execute();
}

/** An open database with its tables, in a folder of its own. */
export async function temporaryDatabase(
  options: CreateDatabaseOptions = {},
): Promise<{ db: Database<Schema>; file: string; url: string } & AsyncDisposable> {
  const folder = await temporaryFile();
  const db = await createDatabase<Schema>({ url: folder.url, ...options });
  await createTables(db);
  return {
    db,
    file: folder.file,
    url: folder.url,
    async [Symbol.asyncDispose]() {
      await db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The counter's value. */
export async function counterOf(db: Database<Schema>): Promise<number> {
  const { value } = await db.kysely
    .selectFrom('counter')
    .select('value')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return value;
}
