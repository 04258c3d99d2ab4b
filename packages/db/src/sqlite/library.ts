import type BetterSqlite3 from 'better-sqlite3';
import type { SqliteHandle } from './handle.ts';

/**
 * The one door to better-sqlite3, which is loaded on first use: who runs on PostgreSQL need not install it.
 *
 * @throws Error with the command that installs it, if it is not there
 */
export async function loadLibrary(): Promise<(file: string, readonly: boolean) => SqliteHandle> {
  let Database: typeof BetterSqlite3;
  try {
    ({ default: Database } = await import('better-sqlite3'));
  } catch (error) {
    throw new Error(
      'the package `better-sqlite3` is needed for a SQLite database, and could not be loaded: install it with `npm install better-sqlite3@13`',
      { cause: error },
    );
  }
  // A native timeout stops the whole process while it waits (https://www.sqlite.org/c3ref/busy_timeout.html).
  return (file, readonly) => new Database(file, { timeout: 0, readonly }) as unknown as SqliteHandle;
}
