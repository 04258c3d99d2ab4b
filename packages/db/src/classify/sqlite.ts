import type { Classifier, Verdict } from '@resilient/core';

const busy = { transient: true, kind: 'lock', outcome: 'rejected' } as const;
const conflict = { transient: true, kind: 'conflict', outcome: 'rejected' } as const;
const invalid = { transient: false, kind: 'invalid', outcome: 'rejected' } as const;
const auth = { transient: false, kind: 'auth', outcome: 'rejected' } as const;
const quota = { transient: false, kind: 'quota', outcome: 'rejected' } as const;
const server = { transient: false, kind: 'server', outcome: 'rejected' } as const;

/**
 * What SQLite's result codes mean for a unit of work: an extended code that is not listed means what its primary code does.
 *
 * @see https://sqlite.org/rescode.html
 */
export const sqliteCodes: ReadonlyMap<string, Omit<Verdict, 'code'>> = new Map<string, Omit<Verdict, 'code'>>(
  [
    // run again: another connection was in the way. At BEGIN the lock has been waited for already
    ['SQLITE_BUSY', busy],
    ['SQLITE_BUSY_SNAPSHOT', conflict], // another has committed since this transaction read: only a rerun helps
    ['SQLITE_BUSY_RECOVERY', busy],
    ['SQLITE_BUSY_TIMEOUT', busy],
    ['SQLITE_PROTOCOL', busy], // locking protocol of the WAL: too many retries inside
    ['SQLITE_SCHEMA', conflict], // changed under a prepared statement, again after SQLite's own attempts
    // final
    ['SQLITE_LOCKED', invalid], // a conflict inside one connection: a program error
    ['SQLITE_MISUSE', invalid],
    ['SQLITE_ERROR', invalid], // also: no transaction is active
    ['SQLITE_CONSTRAINT', invalid],
    ['SQLITE_MISMATCH', invalid],
    ['SQLITE_RANGE', invalid],
    ['SQLITE_TOOBIG', invalid],
    ['SQLITE_NOTFOUND', invalid],
    ['SQLITE_EMPTY', invalid],
    ['SQLITE_FORMAT', invalid],
    ['SQLITE_NOLFS', invalid],
    ['SQLITE_ABORT', invalid], // a statement of a transaction that was rolled back: the first error decides
    ['SQLITE_READONLY', auth],
    ['SQLITE_CANTOPEN', auth],
    ['SQLITE_PERM', auth],
    ['SQLITE_AUTH', auth],
    ['SQLITE_FULL', quota],
    ['SQLITE_NOMEM', quota],
    ['SQLITE_INTERRUPT', { transient: false, kind: 'timeout', outcome: 'rejected' }],
    ['SQLITE_IOERR', server],
    ['SQLITE_CORRUPT', server],
    ['SQLITE_NOTADB', server],
    ['SQLITE_INTERNAL', server],
  ],
);

/** How deep causes are followed. */
const DEPTH = 10;

function walk(error: unknown, depth: number): Verdict | undefined {
  if (depth > DEPTH || typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && code.startsWith('SQLITE_')) {
    const row = sqliteCodes.get(code) ?? sqliteCodes.get(code.split('_', 2).join('_'));
    if (row) return { ...row, code };
  }
  return walk(cause, depth + 1);
}

/**
 * Knows SQLite's errors by their result codes, as better-sqlite3 gives them.
 *
 * @example
 * ```ts
 * import { classifySqlite } from '@resilient/db';
 *
 * console.log(classifySqlite({ code: 'SQLITE_BUSY_SNAPSHOT' }, 0)?.transient); // true
 * ```
 */
export const classifySqlite: Classifier = (error) => {
  try {
    return walk(error, 0);
  } catch {
    return undefined; // a getter that throws
  }
};
