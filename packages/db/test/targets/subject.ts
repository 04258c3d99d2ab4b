import { type CommitOptions, type CommitResult, commit, safeCommit, type UnitContext } from '@resilient/db';
import type BetterSqlite3 from 'better-sqlite3';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';

process.env.RESILIENT_LOG_LEVEL ??= 'silent';

/** The one table: `create table note (text text not null unique)`. */
export interface Notes {
  note: { text: string };
}

/** What the cases do with what `work` is given, whatever that is; a bare handle answers at once. */
export interface Hand {
  add(text: string): unknown;
  run(text: string): unknown;
}

/** `work` as the cases write it. */
export type Job<T> = (hand: Hand, unit: UnitContext) => T | Promise<T>;

/** One target, with what it promises and what it does not. */
export interface Subject extends AsyncDisposable {
  readonly kind: 'postgres' | 'sqlite';
  /** `work` must be synchronous, and no gate stands before its statements. */
  readonly synchronous?: true;
  /** Failures are retried without `classify`. */
  readonly retries: boolean;
  safeCommit<T>(job: Job<T>, options?: CommitOptions): Promise<CommitResult<Awaited<T>>>;
  commit<T>(job: Job<T>, options?: CommitOptions): Promise<Awaited<T>>;
  /** What is committed, seen from another connection, in order. */
  notes(): Promise<string[]>;
  /** Uses the target itself, as code outside of a unit does. */
  outer?(): Promise<unknown>;
  /** Connections lent at this moment. */
  lent(): number;
  /** Kills the unit's connection from outside, while it is idle. */
  kill?(): Promise<unknown>;
  /** Takes the lock of the table, or of the file, in another session; answers what lets it go. */
  lock(): Promise<() => Promise<unknown>>;
}

type Calls = Pick<Subject, 'safeCommit' | 'commit'>;

const kyselyHand = (trx: Kysely<Notes>): Hand => ({
  add: (text) => trx.insertInto('note').values({ text }).execute(),
  run: (text) => sql.raw(text).execute(trx),
});

/** Any Kysely. */
export function onKysely(kysely: Kysely<Notes>): Calls {
  return {
    safeCommit: (job, options) => safeCommit(kysely, (trx, unit) => job(kyselyHand(trx), unit), options),
    commit: (job, options) => commit(kysely, (trx, unit) => job(kyselyHand(trx), unit), options),
  };
}

/** A pool of pg. */
export function onPool(pool: pg.Pool): Calls {
  const handOf = (unit: { query(text: string, values?: readonly unknown[]): Promise<unknown> }): Hand => ({
    add: (text) => unit.query('insert into note (text) values ($1)', [text]),
    run: (text) => unit.query(text),
  });
  return {
    safeCommit: (job, options) => safeCommit(pool, (unit, context) => job(handOf(unit), context), options),
    commit: (job, options) => commit(pool, (unit, context) => job(handOf(unit), context), options),
  };
}

/** A bare handle of better-sqlite3: the jobs must be synchronous. */
export function onHandle(handle: BetterSqlite3.Database): Calls {
  const handOf = (db: BetterSqlite3.Database): Hand => ({
    add: (text) => db.prepare('insert into note (text) values (?)').run(text),
    run: (text) => db.exec(text),
  });
  return {
    safeCommit: (job, options) =>
      safeCommit(handle, (db, unit) => job(handOf(db), unit) as never, options) as never,
    commit: (job, options) => commit(handle, (db, unit) => job(handOf(db), unit) as never, options) as never,
  };
}
