import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from '@resilient/session';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';

/** The table as it is in the database. */
export interface Tables {
  session: {
    id: string;
    data: string;
    rev: number;
    user_id: string | null;
    expires_at: number;
  };
}

/** Where a table of sessions is, so that another process can open it too. */
export type Place =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string };

/** Opens the database of a place. */
export function openPlace(place: Place): Kysely<Tables> {
  if (place.kind === 'sqlite') {
    const database = new Database(place.file, { timeout: 10_000 });
    database.pragma('journal_mode = WAL');
    return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  }
  const pool = new pg.Pool({
    connectionString: place.url,
    max: 5,
    connectionTimeoutMillis: 2_000,
    options: `-c search_path=${place.schema}`,
  });
  pool.on('error', () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

let places = 0;

/** A place of its own: a file in a folder, or a schema of the run's PostgreSQL; `url` may go through a proxy. */
export async function newPlace(
  kind: Place['kind'],
  postgresUrl: string,
): Promise<AsyncDisposable & { readonly place: Place }> {
  if (kind === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'resilient-session-'));
    return {
      place: { kind, file: join(folder, 'site.db') },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  }
  places += 1;
  const schema = `kysely_store_${process.pid}_${places}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`create schema ${schema}`);
  await client.end();
  return { place: { kind, url: postgresUrl, schema }, [Symbol.asyncDispose]: async () => {} };
}

/** A store's `get` as a promise. */
export function get<T = Record<string, unknown>>(store: SessionStore, id: string): Promise<T | null> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, session) => (error ? reject(error) : resolve(session as T | null)));
  });
}

/** A store's `set`, `touch` or `replace` as a promise. */
export function save(
  store: SessionStore,
  id: string,
  session: object,
  how: 'set' | 'touch' | 'replace' = 'set',
): Promise<void> {
  return new Promise((resolve, reject) => {
    store[how]?.(id, session, (error) => (error ? reject(error) : resolve()));
  });
}

/** A store's `destroy` as a promise. */
export function destroy(store: SessionStore, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    store.destroy(id, (error) => (error ? reject(error) : resolve()));
  });
}
