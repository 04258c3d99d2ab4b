import path from 'node:path';
import { checkOneOf, checkType } from '@resilient/core';
import type { SqliteHandle } from './handle.ts';
import { fileSystemNow } from './network-file-system.ts';
import { SQLITE_PRESETS, type SqlitePreset, tuningSteps } from './presets.ts';

/** What {@link tuneSqlite} needs of a connection; any `Database` of better-sqlite3 has it. */
export type TunableHandle = Pick<SqliteHandle, 'inTransaction' | 'pragma'>;

/**
 * Tunes a connection of your own as `createDatabase` tunes its writer: the WAL, `synchronous`, foreign keys, the cache and
 * the limit of the log. Checkpoints stay with its COMMITs, and its native timeout is left as it is.
 *
 * @throws TypeError | RangeError if the preset is unknown; Error inside a transaction, on a network file system, or where
 * the WAL cannot be used; SQLite's own error if the file is locked
 * @example
 * ```ts
 * import { tuneSqlite } from '@resilient/db';
 * import Database from 'better-sqlite3';
 *
 * const handle = new Database(':memory:');
 * tuneSqlite(handle, 'durable');
 * ```
 */
export function tuneSqlite(handle: TunableHandle, preset: SqlitePreset = 'durable'): void {
  checkType('handle', handle, 'object');
  checkType('handle.pragma', handle.pragma, 'function');
  checkOneOf('preset', preset, Object.keys(SQLITE_PRESETS) as SqlitePreset[]);
  if (handle.inTransaction) {
    throw new Error(
      'a connection cannot be tuned inside a transaction: call tuneSqlite right after it was opened',
    );
  }
  const [main] = handle.pragma('database_list') as { file: string | null }[];
  const file = main?.file ?? '';
  if (file !== '') assertLocal(file);
  for (const step of tuningSteps(preset, file === '')) step(handle);
}

function assertLocal(file: string): void {
  const fitness = fileSystemNow(path.dirname(file));
  if (typeof fitness === 'string') return;
  throw new Error(
    `the SQLite database ${file} is on a network file system (${fitness.network}), where its write-ahead log would be damaged: use a local disk, or PostgreSQL`,
  );
}
