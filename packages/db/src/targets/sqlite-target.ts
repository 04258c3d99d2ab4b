/**
 * A `Database` of better-sqlite3 of the application's own, as far as `safeCommit` needs it. Everything on it is
 * synchronous, and all who hold it share its transaction: `work` must be synchronous too.
 *
 * @example
 * ```ts
 * import { safeCommit } from '@resilient/db';
 * import Database from 'better-sqlite3';
 *
 * const handle = new Database('app.db');
 * const saved = await safeCommit(handle, (db) => db.prepare('update student set xp = xp + 10 where id = ?').run(1).changes);
 * console.log(saved.ok);
 * ```
 */
export interface SqliteTarget {
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly memory: boolean;
  prepare(sql: string): unknown;
  exec(sql: string): unknown;
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown;
}

/** Tells a handle of better-sqlite3 from anything else. */
export function isSqliteTarget(target: unknown): target is SqliteTarget {
  if (typeof target !== 'object' || target === null) return false;
  const { prepare, exec, pragma, inTransaction } = target as Record<string, unknown>;
  return (
    typeof prepare === 'function' &&
    typeof exec === 'function' &&
    typeof pragma === 'function' &&
    typeof inTransaction === 'boolean'
  );
}
