/** A prepared statement of a SQLite connection: the part of better-sqlite3's `Statement` in use here. */
export interface SqliteStatement {
  /** Whether it answers with rows. */
  readonly reader: boolean;
  /** Whether it leaves the database as it is. */
  readonly readonly: boolean;
  safeIntegers(on: boolean): SqliteStatement;
  /** The columns that it answers, with their declared types; `null` for an expression. */
  columns(): readonly { readonly name: string; readonly type: string | null }[];
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

/**
 * An open connection to a SQLite file, as `onConnect` is given it: the part of better-sqlite3's `Database` that any
 * version of it has. Everything on it is synchronous.
 *
 * @example
 * ```ts
 * import type { SqliteHandle } from '@resilient/db';
 *
 * const onConnect = (handle: SqliteHandle): void => {
 *   handle.function('initial', { deterministic: true }, (name: unknown) => String(name).slice(0, 1));
 * };
 * ```
 */
export interface SqliteHandle {
  /** `false` once it is closed. */
  readonly open: boolean;
  /** Whether a transaction is under way on it. */
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  /** Runs one or more statements without parameters. */
  exec(sql: string): unknown;
  /** Runs a PRAGMA; with `simple` answers the first column of the first row. */
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown;
  /** Makes a function that statements may call. */
  function(
    name: string,
    options: { readonly deterministic?: boolean; readonly varargs?: boolean; readonly directOnly?: boolean },
    call: (...values: never[]) => unknown,
  ): unknown;
  loadExtension(path: string): unknown;
  close(): unknown;
}
