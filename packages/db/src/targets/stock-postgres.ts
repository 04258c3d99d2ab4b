import { type Clock, systemClock, type Verdict } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type {
  BeginRequest,
  CommitAnswer,
  Engine,
  OpenTransaction,
  TransactionState,
} from '../engine/engine.ts';
import {
  CompiledQuery,
  type ControlledTransaction,
  type DatabaseConnection,
  type Kysely,
} from '../kysely.ts';
import { endsConnection, sqlStateOf } from '../postgres/sql-state.ts';
import { LATE, within } from '../postgres/within.ts';
import { beginControlled } from './begin-controlled.ts';
import { interceptNext } from './stock-parts.ts';

/** How long a COMMIT that was sent may stay unanswered, a ROLLBACK, and the request to stop a statement. */
const COMMIT_ANSWER_MS = 10_000;
const ROLLBACK_ANSWER_MS = 5_000;
const CANCEL_MS = 1_000;

/** Errors of COMMIT that leave open whether it happened, although the connection answers. */
const OPEN: ReadonlySet<string> = new Set(['40003', '08007', 'XXA00']);

/** A Kysely with a PostgresDialect of the application's own. */
export class StockPostgresEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock = systemClock;
  readonly #kysely: Kysely<never>;

  constructor(kysely: Kysely<never>) {
    this.#kysely = kysely;
  }

  verdictOf(error: unknown): Verdict | undefined {
    return classifyPostgres(error, this.clock.epochNow());
  }

  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const control = await beginControlled(this.#kysely, this.clock, request);
    const connection = await control.getExecutor().provideConnection(async (lent) => lent);
    await connection.collectSessionInfo?.();
    return new StockPostgresTransaction(control, connection, this.clock);
  }
}

/**
 * A transaction on a connection that belongs to Kysely: its statements go to the connection itself, past Kysely's own
 * queue, and the controlled transaction is only used to give the connection back, or to have it closed.
 */
class StockPostgresTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #control: ControlledTransaction<never>;
  readonly #raw: DatabaseConnection;
  readonly #clock: Clock;
  #failure: unknown;
  #broken = false;
  #running = 0;
  #ended = false;

  constructor(control: ControlledTransaction<never>, raw: DatabaseConnection, clock: Clock) {
    this.#control = control;
    this.#raw = raw;
    this.#clock = clock;
    this.connection = {
      executeQuery: (query) => this.#watched(() => raw.executeQuery(query)),
      streamQuery: (query, chunkSize) => raw.streamQuery(query, chunkSize),
    };
  }

  stateAfter(error: unknown): TransactionState {
    this.#noteIfFatal(error);
    return this.#broken ? 'ended' : 'failed';
  }

  async commit(): Promise<CommitAnswer> {
    this.#ended = true;
    if (this.#broken) {
      await this.#giveBack(false);
      return { result: 'rolled-back', error: this.#failure };
    }
    try {
      const answer = await this.#ask('commit', COMMIT_ANSWER_MS);
      await this.#giveBack(true);
      if (answer !== 'ROLLBACK') return { result: 'committed' };
      return { result: 'rolled-back', error: new Error('the server answered COMMIT with ROLLBACK') };
    } catch (error) {
      const state = sqlStateOf(error);
      const rolledBack = state !== undefined && !OPEN.has(state) && (await this.#answers());
      await this.#giveBack(rolledBack);
      return { result: rolledBack ? 'rolled-back' : 'unknown', error };
    }
  }

  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#giveBack(!this.#broken && (await this.#answers()));
  }

  async abandon(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#running > 0 && this.#raw.cancelQuery) {
      const cancelled = this.#raw.cancelQuery(() => Promise.reject(new Error('no connection to cancel on')));
      await within(this.#clock, CANCEL_MS, cancelled).catch(() => {});
    }
    await this.#giveBack(false);
  }

  async #watched<T>(run: () => Promise<T>): Promise<T> {
    if (this.#broken) throw this.#failure;
    if (this.#ended) throw new Error('a statement came after the end of its transaction, and was not sent');
    this.#running += 1;
    try {
      return await run();
    } catch (error) {
      this.#noteIfFatal(error);
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #noteIfFatal(error: unknown): void {
    if (this.#broken || !endsConnection(error)) return;
    this.#broken = true;
    this.#failure = error;
  }

  /** Sends COMMIT or ROLLBACK; answers the command tag, where the dialect tells it. */
  async #ask(text: string, ms: number): Promise<unknown> {
    const answer = await within(this.#clock, ms, this.#raw.executeQuery(CompiledQuery.raw(text)));
    if (answer === LATE) throw new Error(`${text} was not answered in time`);
    return (answer.rows[0] as { command?: unknown } | undefined)?.command;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#ask('rollback', ROLLBACK_ANSWER_MS);
      return true;
    } catch {
      return false;
    }
  }

  /** Kysely gives a connection back when it has rolled back, and closes it when that failed: neither is sent. */
  async #giveBack(sound: boolean): Promise<void> {
    interceptNext(this.#raw, async () => {
      if (!sound) throw new Error('the connection is not used again');
      return { rows: [] };
    });
    await this.#control
      .rollback()
      .execute()
      .catch(() => {});
  }
}
