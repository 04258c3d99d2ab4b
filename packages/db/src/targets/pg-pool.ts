import type { SessionClient } from '../postgres/connect-session.ts';

/**
 * A `pg.Pool` of the application's own, as far as `safeCommit` needs it.
 *
 * @example
 * ```ts
 * import { safeCommit } from '@resilient/db';
 * import pg from 'pg';
 *
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * const saved = await safeCommit(pool, (unit) => unit.query('update student set xp = xp + $1 where id = $2', [10, 1]));
 * console.log(saved.ok);
 * ```
 */
export interface PgPoolTarget {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  connect(): Promise<{ release(destroy?: boolean): void }>;
  end(): Promise<void>;
}

/** What a statement of a unit on a `pg.Pool` answers. */
export interface PgUnitResult<Row> {
  readonly rows: Row[];
  /** Rows changed, or answered. */
  readonly rowCount: number;
}

/** What `work` gets where the target is a `pg.Pool`: statements of the unit's transaction. */
export interface PgUnit {
  /**
   * Runs one statement in the unit's transaction; `BEGIN`, `COMMIT` and `ROLLBACK` are refused.
   *
   * @throws the driver's error (rejects); Error once the unit has ended
   */
  query<Row = Record<string, unknown>>(
    text: string | { readonly text: string; readonly values?: readonly unknown[] },
    values?: readonly unknown[],
  ): Promise<PgUnitResult<Row>>;
}

/** The part of a pool that is listened to and looked at, beside what types tell. */
export interface ListeningPool extends PgPoolTarget {
  readonly options: { readonly max?: number; readonly password?: unknown };
  readonly Client: new (options: object) => SessionClient;
  on(event: string, listener: (...values: never[]) => void): unknown;
}

/** Tells a pool of pg from anything else. */
export function isPgPool(target: unknown): target is ListeningPool {
  if (typeof target !== 'object' || target === null) return false;
  const { connect, query, on, totalCount, idleCount, options, Client } = target as Record<string, unknown>;
  return (
    typeof options === 'object' &&
    typeof Client === 'function' &&
    typeof connect === 'function' &&
    typeof query === 'function' &&
    typeof on === 'function' &&
    typeof totalCount === 'number' &&
    typeof idleCount === 'number'
  );
}
