import { inspect } from 'node:util';
import { type Outcome, RetryError, type RetryFacts } from '@resilient/core';

/** What a {@link CommitError} can mean. */
export type CommitErrorCode =
  | 'RETRIES_EXHAUSTED'
  | 'TIMEOUT'
  | 'POOL_EXHAUSTED'
  | 'CONSTRAINT'
  | 'REJECTED'
  | 'ABORTED'
  | 'CLOSED'
  | 'WORK_FAILED'
  | 'OUTCOME_UNKNOWN';

/** What a {@link CommitError} is made of. */
export interface CommitFacts extends RetryFacts {
  readonly code: CommitErrorCode;
  /** SQLSTATE, or SQLite's code. */
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  /** Number of the transaction. */
  readonly xid?: string | undefined;
}

/**
 * A unit of work was not committed or, with `OUTCOME_UNKNOWN` alone, may have been: its `outcome` is `'unknown'` then, and
 * sending it again may apply it twice. After every other code sending again is safe.
 *
 * - `RETRIES_EXHAUSTED` each attempt met a failure that another might have cured
 * - `TIMEOUT` the time was up: of the call, of a statement, or of the wait for SQLite's lock
 * - `POOL_EXHAUSTED` the time ran out while waiting for a connection
 * - `CONSTRAINT` a constraint refused it (class 23, `SQLITE_CONSTRAINT*`)
 * - `REJECTED` any other final answer of the database
 * - `ABORTED` by the caller's signal
 * - `CLOSED` the database handle has been closed
 * - `WORK_FAILED` `work` threw, with no error of the database behind it, or left a statement running
 * - `OUTCOME_UNKNOWN` the connection was lost while COMMIT was under way
 *
 * No message of it holds the server's words, which quote values; they are in `cause`, for the program.
 */
export class CommitError extends RetryError {
  declare readonly code: CommitErrorCode;
  /** SQLSTATE such as `23505`, or SQLite's code such as `SQLITE_CONSTRAINT_UNIQUE`, if the database spoke last. */
  readonly sqlState: string | undefined;
  /** Name of the constraint that refused it, where the database tells. */
  readonly constraint: string | undefined;
  /** Name of the table concerned, where the database tells. */
  readonly table: string | undefined;
  /**
   * With `OUTCOME_UNKNOWN` on PostgreSQL, the number of the transaction: `pg_xact_status` tells what became of it, as long
   * as the server has not crashed since.
   */
  readonly xid: string | undefined;
  declare readonly outcome: Outcome;

  constructor(facts: CommitFacts) {
    super(facts);
    this.sqlState = facts.sqlState;
    this.constraint = facts.constraint;
    this.table = facts.table;
    this.xid = facts.xid;
    // `isolatedDeclarations` knows no override of a computed name
    Object.defineProperty(this, inspect.custom, { value: () => inspected(this), enumerable: false });
  }

  override toJSON(): Record<string, unknown> {
    const { sqlState, constraint, table, xid } = this;
    return { ...super.toJSON(), sqlState, constraint, table, ...(xid === undefined ? undefined : { xid }) };
  }
}

/** Without the cause, whose message quotes values. */
function inspected(error: CommitError): string {
  const { name, message, ...facts } = error.toJSON();
  return `${error.stack ?? `${String(name)}: ${String(message)}`}\n${inspect(facts, { depth: 4 })}`;
}
