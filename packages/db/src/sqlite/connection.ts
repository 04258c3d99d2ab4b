import { loopTurn } from '@resilient/core';
import type { CommitAnswer } from '../engine/engine.ts';
import type { AbortableOperationOptions, CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import type { ConnectionHost } from './connection-host.ts';
import { executeNow } from './execute.ts';
import type { LockRequest } from './lock-wait.ts';
import { WORK_MS } from './pacer.ts';
import { SqliteError, sqliteCodeOf } from './sqlite-error.ts';
import { type CachedStatement, prepareStatement } from './statement-cache.ts';
import { bindable, rowsIn } from './values.ts';

/** How a transaction is to be opened. */
export interface BeginSettings extends LockRequest {
  /** Lets the event loop turn first if there has been so much work without a turn, in milliseconds. */
  readonly workMs?: number | undefined;
  readonly readOnly: boolean;
}

/** The savepoint of a unit in a group. */
const SAVEPOINT = 'resilient_unit';
/**
 * Steps of the event loop's microtasks that a statement takes before it is run, as one that goes over a wire takes longer:
 * work that forgot to await it has ended before, and is told.
 */
const STEPS = 3;
/** A unit in a group may take twice as long as the group itself before it is taken for a slow one. */
const GROUPED_WORK_MS = 2 * WORK_MS;

/**
 * The connection while one caller has it: an object of his own, which is dead once he has given it back, so that what he
 * left running cannot write into somebody else's transaction.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly #host: ConnectionHost;
  readonly #streams: IterableIterator<unknown>[] = [];
  #phase: 'free' | 'transaction' | 'read-only' | 'ending' | 'ended' = 'free';
  #released = false;
  #nested = false;
  /** Counts beginnings and ends, so that a statement that was held up knows whether its transaction is still there. */
  #epoch = 0;
  #running = 0;

  constructor(host: ConnectionHost, name = 'statement') {
    this.#host = host;
    this.name = name;
    host.holder = this;
  }

  /** The unit's, else `transaction` or `statement`. */
  name: string;

  /** The text of what was run last. */
  lastStatement: string | undefined;

  /** Whether a statement has been run that may do more than read and write rows. */
  defined = false;

  /** Whether a statement or stream of the caller is still under way. */
  get busy(): boolean {
    return this.#running > 0 || this.#streams.length > 0;
  }

  /** Whether the transaction is still there: some errors make the database end it by itself. */
  get inTransaction(): boolean {
    return this.#host.handle.inTransaction;
  }

  async executeQuery<R>(query: CompiledQuery, options?: AbortableOperationOptions): Promise<QueryResult<R>> {
    const epoch = this.#epoch;
    this.#running += 1;
    this.lastStatement = query.sql;
    try {
      if (this.#phase === 'transaction') this.#host.slowHolder?.busy();
      await this.#pause();
      for (let left = STEPS; left > 0; left -= 1) await undefined;
      if (this.inTransaction) return this.#execute<R>(query, epoch, true);
      return await this.#outsideTransaction(() => this.#execute<R>(query, epoch, false), options);
    } finally {
      this.#running -= 1;
      if (this.#phase === 'transaction') this.#host.slowHolder?.idle();
    }
  }

  #execute<R>(query: CompiledQuery, epoch: number, inTransaction: boolean): QueryResult<R> {
    this.#assertUsable(epoch, inTransaction);
    const cached = this.#host.statements.get(query.sql);
    this.#assertAllowed(cached);
    const result = executeNow<R>(cached, query);
    if (cached.defines) {
      this.defined = true;
      this.#host.noteDefinition?.(query.sql);
    }
    return result;
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    const epoch = this.#epoch;
    await this.#pause();
    let prepared: CachedStatement | undefined;
    let rows: IterableIterator<unknown> | undefined;
    const start = (): IteratorResult<unknown> => {
      this.#assertUsable(epoch, this.inTransaction);
      // Of its own: a statement that is being read cannot be run a second time.
      prepared = prepareStatement(this.#host.handle, query.sql, this.#host.statements.int8);
      this.#assertAllowed(prepared);
      rows = prepared.statement.iterate(bindable(query.parameters));
      return rows.next();
    };
    let next = this.inTransaction ? start() : await this.#outsideTransaction(start, options);
    if (!rows || !prepared) return;
    this.#streams.push(rows);
    try {
      while (!next.done) {
        const chunk: unknown[] = [];
        for (; !next.done && chunk.length < Math.max(1, chunkSize); next = rows.next())
          chunk.push(next.value);
        yield { rows: rowsIn<R>(prepared.int8, prepared.statement, chunk) };
        await this.#pause();
        this.#assertUsable(epoch, this.inTransaction);
      }
    } finally {
      rows.return?.();
      const at = this.#streams.indexOf(rows);
      if (at >= 0) this.#streams.splice(at, 1);
    }
  }

  /** Opens a transaction: all waiting for the lock is here, where nothing has run yet. */
  async begin(settings: BeginSettings): Promise<void> {
    await this.#host.pacer.due(settings.workMs);
    this.#epoch += 1;
    try {
      if (!settings.readOnly) await this.#host.giveWay?.due();
      const step = (): void => (settings.readOnly ? this.#beginReading() : this.#run('begin immediate'));
      await this.#host.lock.run(step, settings);
    } catch (error) {
      this.#undo();
      throw error;
    }
    this.#phase = settings.readOnly ? 'read-only' : 'transaction';
    if (settings.readOnly) return;
    this.#host.giveWay?.taken();
    this.#host.slowHolder?.idle();
  }

  /** BEGIN takes no lock; the first read does, and is made here, so that no read of the unit ever finds it taken. */
  #beginReading(): void {
    if (!this.inTransaction) this.#run('begin');
    this.#host.statements.get('select 1 from sqlite_schema limit 1').statement.all([]);
  }

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

  /**
   * Ends the part, keeping what it did or undoing it; the transaction stays open. Later statements are refused.
   *
   * @throws SQLite's error if the database has ended the transaction
   */
  endPart(kept: boolean): void {
    this.#end();
    if (!this.#nested) return;
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
    for (const rows of this.#streams.splice(0)) rows.return?.();
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
  #outsideTransaction<T>(step: () => T, options: AbortableOperationOptions | undefined): Promise<T> {
    const { lock, clock } = this.#host;
    return lock.run(step, { arrivedAt: clock.now(), signal: options?.signal });
  }

  /** The turn of the event loop that is due before the next statement, if one is. */
  #pause(): Promise<void> | undefined {
    return this.#phase === 'ended' ? this.#pauseAfterEnd() : this.#due();
  }

  /**
   * Right after its end a transaction of Kysely's lets statements through that were waiting behind another one: a turn
   * later the connection has been given back, unless it was had by `connection()`.
   */
  async #pauseAfterEnd(): Promise<void> {
    await loopTurn();
    await this.#due();
  }

  #due(): Promise<void> | undefined {
    return this.#host.pacer.due(this.#nested ? GROUPED_WORK_MS : WORK_MS);
  }

  #assertUsable(epoch: number, inTransaction: boolean): void {
    if (this.#released || this.#phase === 'ending' || epoch !== this.#epoch) {
      throw new Error(
        'a statement came after the end of its transaction, and was not run: is an `await` missing?',
      );
    }
    if ((this.#phase === 'transaction' || this.#phase === 'read-only') && !inTransaction) {
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
