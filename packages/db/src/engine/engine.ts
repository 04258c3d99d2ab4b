import type { Clock, Verdict } from '@resilient/core';
import type { DatabaseConnection, Dialect, IsolationLevel } from '../kysely.ts';

/** The databases that a unit of work can be committed to. */
export type EngineKind = 'postgres' | 'sqlite';

/**
 * What `safeCommit` needs of a database: one implementation for PostgreSQL, one for SQLite. An engine knows how to open,
 * commit and roll back one transaction and what its errors mean; when to do so is decided in `unit/`.
 */
export interface Engine {
  readonly kind: EngineKind;
  /** The clock that its waits, ages and deadlines are measured on. */
  readonly clock: Clock;
  /**
   * What a `Kysely` on this engine is built with; its `createAdapter` answers the one adapter that is registered. A
   * unit's transaction takes its executor from the caller's Kysely, so that the plugins of a copy hold inside as well.
   * None where the target is no Kysely of ours.
   */
  readonly dialect?: Dialect;
  /** Whether units write a witness unless told otherwise. @defaultValue `false` */
  readonly witness?: boolean;
  /** Judges an error of this database by its code; `undefined` for what no table knows. */
  verdictOf(error: unknown): Verdict | undefined;
  /**
   * Opens a transaction on a connection that nobody else has. Waits for the connection, and on SQLite for the lock, at
   * most until the deadline or the abort; rejects with the database's own error, or with a `PoolError` if the time ran
   * out while waiting.
   */
  begin(request: BeginRequest): Promise<OpenTransaction>;
}

/** How a transaction is to be opened. */
export interface BeginRequest {
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
  /** On the engine's clock; nothing is waited for beyond it. */
  readonly deadline: number;
  /** Aborted when the unit is given up, for whichever reason. Made when it is first read, which costs a microsecond. */
  readonly signal: AbortSignal;
  /** The caller's own, if there is one: what `signal` can be aborted by before `work` runs. */
  readonly callerSignal: AbortSignal | undefined;
  /**
   * `wanted`: it must not share its transaction with other units; `again`: nor that, and it goes before those who wait,
   * since it was withdrawn for them. @defaultValue it may share, where the engine does so
   */
  readonly alone?: 'wanted' | 'again' | undefined;
  /** The unit's, for the list of those who have connections. */
  readonly name?: string;
  /** How long a COMMIT that was written may take to be settled, in milliseconds. */
  readonly settleMs: number;
  /** Whether the transaction writes a row that settles a lost COMMIT, where the engine has such rows. */
  readonly witness: boolean;
}

/**
 * How a COMMIT ended: proven to be committed, proven to be rolled back, or neither, with the number of the transaction
 * where it has one.
 */
export type CommitAnswer =
  | { readonly result: 'committed' }
  | { readonly result: 'rolled-back'; readonly error: unknown }
  | { readonly result: 'unknown'; readonly error: unknown; readonly xid?: string | undefined };

/**
 * What is left of a transaction after an error: `open`, it can still be committed; `failed`, only after a rollback to a
 * savepoint (PostgreSQL after every error of a statement); `ended`, the database has rolled it back or the connection is
 * gone, so that no statement may be sent any more (SQLite: it would run in autocommit).
 */
export type TransactionState = 'open' | 'failed' | 'ended';

/** One open transaction. The gate of the unit stands before `connection`; an engine need not guard against it. */
export interface OpenTransaction {
  /** Where the statements of the unit run. */
  readonly connection: DatabaseConnection;
  /** Set where units may share a transaction. */
  readonly shared?: SharedTransaction | undefined;
  /** Tells, right after a statement failed with `error`, what is left of the transaction. */
  stateAfter(error: unknown): TransactionState;
  /**
   * Lets a part that has just begun, by a savepoint, read only (`true`), or write again when it has ended (`false`);
   * absent where that cannot be enforced. Rejects as a statement does.
   */
  restrict?(readOnly: boolean): Promise<void>;
  /** Sends COMMIT. Never rejects; afterwards the connection has been given back, or destroyed. */
  commit(): Promise<CommitAnswer>;
  /** Sends ROLLBACK, or destroys the connection where that cannot be answered. Never rejects. */
  rollback(): Promise<void>;
  /** Stops the statement that is running, if the database can; the connection is not used again. Never rejects. */
  abandon(): Promise<void>;
}

/** What a unit must know of a transaction that it shares with others. */
export interface SharedTransaction {
  /**
   * `true` once nothing of the unit is kept for a reason that is not its own, such as the failure of another one: it is
   * run again, alone, and no retry is spent. To be looked at when COMMIT or ROLLBACK has been answered.
   */
  readonly withdrawn: boolean;
  /** Whether `onTurn` is ever called: then no time can run out, and nobody else do anything, before it is. */
  readonly turns: boolean;
  /** Calls the listener at the first turn of the event loop while the unit works, or when it is withdrawn. */
  onTurn(listener: () => void): void;
}
