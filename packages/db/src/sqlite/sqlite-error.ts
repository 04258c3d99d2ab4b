/** An error in the form of the library's own: a `code` by which the table of errors knows it. */
export class SqliteError extends Error {
  /** A result code of https://www.sqlite.org/rescode.html. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'SqliteError';
    this.code = code;
  }
}

/** The result code of an error of SQLite, such as `SQLITE_BUSY_RECOVERY`; `''` for any other error. */
export function sqliteCodeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : '';
}

/**
 * Whether a lock of another connection is in the way, so that the same step may succeed a moment later. `PROTOCOL` is
 * what a race for the locks of the WAL index ends in; `LOCKED` is met only by connections that open together.
 */
export function isLocked(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(sqliteCodeOf(error));
}
