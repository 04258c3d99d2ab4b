import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '@resilient/db';
import SqliteLibrary from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';

/** The one table that is written to. */
export interface Schema {
  entry: { id: number | null; worker: number; text: string };
  counter: { id: number; value: number };
}

/** What a COMMIT waits for: the disk, or the page cache. */
export type Synchronous = 'full' | 'normal';

/** A folder for database files, which goes with its block. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'resilient-bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Makes the tables. */
export async function createTables(kysely: Kysely<Schema>): Promise<void> {
  await sql`create table if not exists entry (id integer primary key, worker integer, text text)`.execute(
    kysely,
  );
  await sql`create table if not exists counter (id integer primary key, value integer)`.execute(kysely);
  await sql`insert into counter values (1, 0)`.execute(kysely);
}

/** Ours. */
export async function ourDatabase(file: string, synchronous: Synchronous): Promise<Database<Schema>> {
  const sqlitePreset = synchronous === 'full' ? 'durable' : 'balanced';
  const db = await createDatabase<Schema>({ url: `sqlite:${file}`, sqlitePreset });
  await createTables(db.kysely);
  return db;
}

/** better-sqlite3, tuned as ours is. */
export function plainHandle(file: string, synchronous: Synchronous): SqliteLibrary.Database {
  const handle = new SqliteLibrary(file, { timeout: 20_000 });
  handle.pragma('journal_mode = wal');
  handle.pragma(`synchronous = ${synchronous}`);
  handle.pragma('cache_size = -16384');
  return handle;
}

/** Kysely on it, as its manual shows. */
export async function stockKysely(file: string, synchronous: Synchronous): Promise<Kysely<Schema>> {
  const kysely = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: plainHandle(file, synchronous) }),
  });
  await createTables(kysely);
  return kysely;
}
