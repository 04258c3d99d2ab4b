import { loopTurn } from '@resilient/core';
import type { CommitAnswer } from '../engine/engine.ts';
import type { AbortableOperationOptions, CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import type { ConnectionHost } from './connection-host.ts';
import { executeNow } from './execute.ts';
import type { LockRequest } from './lock-wait.ts';
import { WORK_MS } from './pacer.ts';
import { SqliteError, sqliteCodeOf } from './sqlite-error.ts';
import { type CachedStatement, prepareStatement } from './statement-cache.ts';
import { bindable, plainRows } from './values.ts';

/** How a transaction is to be opened. */
export interface BeginSettings extends LockRequest {
  /** Lets the event loop turn first if there has been so much work without a turn, in milliseconds. */
  readonly workMs?: number | undefined;
  readonly readOnly: boolean;
}

/** The savepoint of a unit in a group. */
const SAVEPOINT = 'resilient_unit';
/** A unit in a group may take twice as long as the group itself before it is taken for a slow one. */
const GROUPED_WORK_MS = 2 * WORK_MS;

/**
 * The connection while one caller has it: an object of his own, which is dead once he has given it back, so that what he
 * left running cannot write into somebody else's transaction.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly #host: ConnectionHost;
  readonly #streams = new Set<IterableIterator<unknown>>();
  #phase: 'free' | 'transaction' | 'read-only' | 'ending' | 'ended' = 'free';
  #released = false;
  #nested = false;
  /** Counts beginnings and ends, so that a statement that was held up knows whether its transaction is still there. */
  #epoch = 0;
  #running = 0;

  constructor(host: ConnectionHost) {
    this.#host = host;
    host.holder = this;
  }

  /** The unit's, else `transaction` or `statement`. */
  name = 'statement';

  /** The text of what was run last. */
  lastStatement: string | undefined;

  /** Whether a statement has been run that may do more than read and write rows. */
  defined = false;

  /** Whether a statement or stream of the caller is still under way. */
  get busy(): boolean {
    return this.#running > 0 || this.#streams.size > 0;
  }

  /** Whether the transaction is still there: some errors make the database end it by itself. */
  get inTransaction(): boolean {
    return this.#host.handle.inTransaction;
  }

  async executeQuery<R>(query: CompiledQuery, options?: AbortableOperationOptions): Promise<QueryResult<R>> {
    this.#running += 1;
    this.lastStatement = query.sql;
    try {
      const epoch = this.#epoch;
      if (this.#phase === 'transaction') this.#host.slowHolder?.busy();
      await this.#turn();
      const step = (): QueryResult<R> => {
        this.#assertUsable(epoch);
        const cached = this.#host.statements.get(query.sql);
        this.#assertAllowed(cached);
        const result = executeNow<R>(cached, query);
        if (cached.defines) {
          this.defined = true;
          this.#host.noteDefinition?.(query.sql);
        }
        return result;
      };
      return await this.#outsideTransaction(step, options);
    } finally {
      this.#running -= 1;
      if (this.#phase === 'transaction') this.#host.slowHolder?.idle();
    }
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    const epoch = this.#epoch;
    await this.#turn();
    let rows: IterableIterator<unknown> | undefined;
    const start = (): IteratorResult<unknown> => {
      this.#assertUsable(epoch);
      // Of its own: a statement that is being read cannot be run a second time.
      const prepared = prepareStatement(this.#host.handle, query.sql);
      this.#assertAllowed(prepared);
      rows = prepared.statement.iterate(bindable(query.parameters));
      return rows.next();
    };
    let next = await this.#outsideTransaction(start, options);
    if (!rows) return;
    this.#streams.add(rows);
    try {
      while (!next.done) {
        const chunk: unknown[] = [];
        for (; !next.done && chunk.length < Math.max(1, chunkSize); next = rows.next())
          chunk.push(next.value);
        yield { rows: plainRows<R>(chunk) };
        await this.#turn();
        this.#assertUsable(epoch);
      }
    } finally {
      rows.return?.();
      this.#streams.delete(rows);
    }
  }

  /** Opens a transaction: all waiting for the lock is here, where nothing has run yet. */
  async begin(settings: BeginSettings): Promise<void> {
    await this.#host.pacer.due(settings.workMs);
    this.#epoch += 1;
    try {
      if (!settings.readOnly) await this.#host.giveWay?.due();
      await this.#host.lock.run(settings.readOnly ? this.#beginReading : this.#beginWriting, settings);
    } catch (error) {
      this.#undo();
      throw error;
    }
    this.#phase = settings.readOnly ? 'read-only' : 'transaction';
    if (settings.readOnly) return;
    this.#host.giveWay?.taken();
    this.#host.slowHolder?.idle();
  }

  readonly #beginWriting = (): void => {
    this.#run('begin immediate');
  };

  /** BEGIN takes no lock; the first read does, and is made here, so that no read of the unit ever finds it taken. */
  readonly #beginReading = (): void => {
    if (!this.inTransaction) this.#run('begin');
    this.#host.statements.get('select 1 from sqlite_schema limit 1').statement.all([]);
  };

  /** Lets the transaction's statements read only, or write again. */
  restrict(readOnly: boolean): void {
    if (readOnly && this.#phase === 'transaction') this.#phase = 'read-only';
    else if (!readOnly && this.#phase === 'read-only') this.#phase = 'transaction';
  }

  /** Begins a part of its own in the transaction that is open. */
  join(): void {
    this.#run(`savepoint ${SAVEPOINT}`);
    this.#nested = true;
    this.#phase = 'transaction';
    this.#host.slowHolder?.idle();
  }

  /** Ends the part, keeping what it did or undoing it; the transaction stays open. Later statements are refused. */
  endPart(kept: boolean): void {
    this.#end();
    if (!this.#nested || !this.inTransaction) return;
    this.#nested = false;
    if (!kept) this.#run(`rollback to ${SAVEPOINT}`);
    this.#run(`release ${SAVEPOINT}`);
  }

  /** Leaves the connection to somebody else without giving it back. */
  handOver(): void {
    this.#released = true;
  }

  /**
   * Commits. A COMMIT that finds a reader's lock (rollback journal) has kept its transaction, and is the one statement
   * that is repeated alone, until `deadline`. After a failed write of the file itself nobody knows what it holds.
   */
  async commit(deadline?: number): Promise<CommitAnswer> {
    this.#end();
    if (!this.inTransaction) {
      this.#phase = 'ended';
      return {
        result: 'rolled-back',
        error: new SqliteError('SQLITE_ERROR', 'cannot commit: the database has ended the transaction'),
      };
    }
    try {
      await this.#host.lock.run(() => this.#run('commit'), {
        arrivedAt: this.#host.clock.now(),
        deadline,
      });
      this.#phase = 'ended';
      this.#host.giveWay?.freed();
      return { result: 'committed' };
    } catch (error) {
      const unknown = sqliteCodeOf(error).startsWith('SQLITE_IOERR');
      this.#undo();
      if (unknown) this.#host.giveUp();
      return { result: unknown ? 'unknown' : 'rolled-back', error };
    }
  }

  /** Undoes the transaction if there is one left. Never throws. */
  rollback(): void {
    if (this.#released) return;
    this.#end();
    this.#undo();
  }

  /** Gives the connection back. What is left of a transaction is undone: the next caller must not find it. */
  release(): void {
    if (this.#released) return;
    const forgotten = this.inTransaction;
    this.rollback();
    this.#released = true;
    if (forgotten)
      this.#host.logger.warn(
        'a SQLite connection was given back inside a transaction, which was rolled back',
      );
    this.#host.holder = undefined;
    this.#host.giveBack();
  }

  #end(): void {
    if (this.#phase === 'transaction') this.#host.slowHolder?.busy();
    this.#phase = 'ending';
    this.#epoch += 1;
    // An open stream makes COMMIT and ROLLBACK a TypeError.
    for (const rows of this.#streams) rows.return?.();
    this.#streams.clear();
  }

  #undo(): void {
    try {
      if (this.inTransaction) this.#run('rollback');
    } catch (error) {
      this.#host.logger.error(
        { code: sqliteCodeOf(error) },
        'a SQLite transaction could not be rolled back: its connection is given up',
      );
      this.#host.giveUp();
    }
    this.#phase = 'ended';
    this.#host.giveWay?.freed();
  }

  #run(sql: string): void {
    this.#host.statements.get(sql).statement.run([]);
  }

  /** A statement outside a transaction has done nothing when it finds the lock taken, and is asked again. */
  async #outsideTransaction<T>(step: () => T, options: AbortableOperationOptions | undefined): Promise<T> {
    if (this.inTransaction) return step();
    const { lock, clock } = this.#host;
    return lock.run(step, { arrivedAt: clock.now(), signal: options?.signal });
  }

  async #turn(): Promise<void> {
    // Right after its end a transaction of Kysely's lets statements through that were waiting behind another one:
    // a turn later the connection has been given back, unless it was had by `connection()`.
    if (this.#phase === 'ended') await loopTurn();
    await this.#host.pacer.due(this.#nested ? GROUPED_WORK_MS : WORK_MS);
  }

  #assertUsable(epoch: number): void {
    if (this.#released || this.#phase === 'ending' || epoch !== this.#epoch) {
      throw new Error(
        'a statement came after the end of its transaction, and was not run: is an `await` missing?',
      );
    }
    if ((this.#phase === 'transaction' || this.#phase === 'read-only') && !this.inTransaction) {
      throw new SqliteError(
        'SQLITE_ABORT',
        'the database has ended the transaction after an error: nothing of it is kept',
      );
    }
  }

  #assertAllowed(cached: CachedStatement): void {
    if (cached.control && (this.#phase === 'transaction' || this.#phase === 'read-only')) {
      throw new Error(
        'a transaction is begun and ended by its owner alone: BEGIN, COMMIT and ROLLBACK are refused inside',
      );
    }
    if (this.#phase === 'read-only' && !cached.readonly) {
      throw new SqliteError('SQLITE_READONLY', 'this transaction may read only');
    }
  }
}
