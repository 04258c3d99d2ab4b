import { type Clock, systemClock, TimeoutError, type Verdict } from '@resilient/core';
import { classifySqlite } from '../classify/sqlite.ts';
import type {
  BeginRequest,
  CommitAnswer,
  Engine,
  OpenTransaction,
  TransactionState,
} from '../engine/engine.ts';
import { PoolError } from '../engine/pool-error.ts';
import { CompiledQuery, type DatabaseConnection } from '../kysely.ts';
import { Pacer } from '../sqlite/pacer.ts';
import { sqliteCodeOf } from '../sqlite/sqlite-error.ts';
import { pollLock } from './poll-lock.ts';
import type { Executor } from './stock-parts.ts';

/** The lock was waited for as long as was asked for. */
const LOCK_HELD: Verdict = { transient: false, kind: 'timeout', outcome: 'not-sent' };

/** A Kysely with a SqliteDialect of the application's own: one connection, behind a mutex of Kysely's. */
export class StockSqliteEngine implements Engine {
  readonly kind = 'sqlite' as const;
  readonly clock: Clock = systemClock;
  readonly #provide: Executor['provideConnection'];

  constructor(provide: Executor['provideConnection']) {
    this.#provide = provide;
  }

  verdictOf(error: unknown): Verdict | undefined {
    return error instanceof TimeoutError ? LOCK_HELD : classifySqlite(error, this.clock.epochNow());
  }

  /** Has the connection until the transaction ends; its BEGIN is a polled BEGIN IMMEDIATE. */
  begin(request: BeginRequest): Promise<OpenTransaction> {
    const { clock } = this;
    const late = new AbortController();
    const { callerSignal } = request;
    const waiting = callerSignal ? AbortSignal.any([late.signal, callerSignal]) : late.signal;
    const startedAt = clock.now();
    const timer = clock.setTimer(() => late.abort(), Math.max(0, request.deadline - startedAt));
    return new Promise((resolve, reject) => {
      const lent = async (connection: DatabaseConnection): Promise<void> => {
        clock.clearTimer(timer);
        await new Promise<void>((giveBack) => {
          const transaction = new StockSqliteTransaction(connection, request, clock, giveBack);
          transaction.begin().then(() => resolve(transaction), reject);
        });
      };
      this.#provide(lent, { signal: waiting }).catch((error) => {
        clock.clearTimer(timer);
        const ms = Math.round(clock.now() - startedAt);
        const exhausted = new PoolError(
          'POOL_EXHAUSTED',
          `Kysely's one connection was not free within ${ms} ms`,
        );
        reject(late.signal.aborted ? exhausted : error);
      });
    });
  }
}

class StockSqliteTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #raw: DatabaseConnection;
  readonly #request: BeginRequest;
  readonly #clock: Clock;
  readonly #giveBack: () => void;
  #busyTimeoutMs = 0;
  #begun = false;
  /** Connections are read-only beyond their transaction, unless that is taken back. */
  #restricted = false;
  /** The database has ended the transaction by itself. */
  #gone = false;
  #ended = false;

  constructor(raw: DatabaseConnection, request: BeginRequest, clock: Clock, giveBack: () => void) {
    this.#raw = raw;
    this.#request = request;
    this.#clock = clock;
    this.#giveBack = giveBack;
    const pacer = new Pacer(clock);
    this.connection = {
      executeQuery: async (query) => {
        await pacer.due(); // the driver settles in microtasks only: timers would starve
        if (this.#ended)
          throw new Error('a statement came after the end of its transaction, and was not run');
        try {
          return await raw.executeQuery(query);
        } catch (error) {
          await this.#look();
          throw error;
        }
      },
      streamQuery: (query, chunkSize) => raw.streamQuery(query, chunkSize),
    };
  }

  /** Rejects when the lock was not to be had; the connection has been given back then. */
  async begin(): Promise<void> {
    const { readOnly, deadline, callerSignal: signal } = this.#request;
    const clock = this.#clock;
    try {
      const { rows } = await this.#run('pragma busy_timeout');
      this.#busyTimeoutMs = Number((rows[0] as { timeout?: unknown } | undefined)?.timeout ?? 0);
      await this.#run('pragma busy_timeout = 0'); // a native wait stops the whole process
      const step = (): Promise<unknown> => (readOnly ? this.#beginReading() : this.#run('begin immediate'));
      await pollLock(step, { clock, deadline, signal });
      this.#begun = true;
      if (readOnly) await this.#run('pragma query_only = 1');
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #beginReading(): Promise<void> {
    if (!this.#begun) await this.#run('begin');
    this.#begun = true;
    await this.#run('select 1 from sqlite_schema limit 1');
  }

  stateAfter(): TransactionState {
    return this.#gone ? 'ended' : 'open';
  }

  async restrict(readOnly: boolean): Promise<void> {
    this.#restricted = readOnly;
    await this.#run(`pragma query_only = ${readOnly ? 1 : 0}`);
  }

  async commit(): Promise<CommitAnswer> {
    const { deadline } = this.#request;
    try {
      await pollLock(() => this.#run('commit'), { clock: this.#clock, deadline });
      this.#begun = false;
      return { result: 'committed' };
    } catch (error) {
      return { result: sqliteCodeOf(error).startsWith('SQLITE_IOERR') ? 'unknown' : 'rolled-back', error };
    } finally {
      await this.#end();
    }
  }

  rollback(): Promise<void> {
    return this.#end();
  }

  /** A running statement of SQLite cannot be stopped, nor is one running while this is. */
  abandon(): Promise<void> {
    return this.#end();
  }

  /** Rolls back what is left, and leaves the connection as it was found. Never rejects. */
  async #end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#begun && !this.#gone) await this.#run('rollback').catch(() => {});
    if (this.#request.readOnly || this.#restricted) await this.#run('pragma query_only = 0').catch(() => {});
    await this.#run(`pragma busy_timeout = ${this.#busyTimeoutMs}`).catch(() => {});
    this.#giveBack();
  }

  /** Nothing else tells whether the transaction is still there: a second BEGIN is refused inside of one. */
  async #look(): Promise<void> {
    if (this.#gone || !this.#begun) return;
    try {
      await this.#run('begin');
    } catch {
      return;
    }
    this.#gone = true;
    await this.#run('rollback').catch(() => {});
  }

  #run(text: string): ReturnType<DatabaseConnection['executeQuery']> {
    return this.#raw.executeQuery(CompiledQuery.raw(text));
  }
}
