import { type Clock, TimeoutError } from '@resilient/core';
import type { CommitAnswer, OpenTransaction, TransactionState } from '../engine/engine.ts';
import { CompiledQuery, type ControlledTransaction, type DatabaseConnection } from '../kysely.ts';
import { Settlement, type SettlementOptions } from '../postgres/settlement.ts';
import { endsConnection, sqlStateOf } from '../postgres/sql-state.ts';
import { READ_ONLY } from '../postgres/transaction.ts';
import { LATE, within } from '../time/within.ts';
import { interceptNext } from './stock-parts.ts';
import { askOn } from './stock-session.ts';
import { type StockTrace, traceOf } from './stock-trace.ts';

/** How long a ROLLBACK may stay unanswered, and the request to stop a statement. */
const ROLLBACK_ANSWER_MS = 5_000;
const CANCEL_MS = 1_000;

/** Errors of COMMIT that leave open whether it happened, although the connection answers. */
const OPEN: ReadonlySet<string> = new Set(['40003', '08007', 'XXA00']);

/** What a {@link StockPostgresTransaction} needs. */
export interface StockTransactionOptions extends SettlementOptions {
  readonly clock: Clock;
  readonly witness: boolean;
  /** On the clock: no COMMIT is written after it. */
  readonly deadline: number;
}

/**
 * A transaction on a connection that belongs to Kysely: its statements go to the connection itself, past Kysely's own
 * queue, and the controlled transaction is only used to give the connection back, or to have it closed.
 */
export class StockPostgresTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #control: ControlledTransaction<never>;
  readonly #raw: DatabaseConnection;
  readonly #options: StockTransactionOptions;
  #failure: unknown;
  #broken = false;
  #running = 0;
  #ended = false;

  constructor(
    control: ControlledTransaction<never>,
    raw: DatabaseConnection,
    options: StockTransactionOptions,
  ) {
    this.#control = control;
    this.#raw = raw;
    this.#options = options;
    this.connection = {
      executeQuery: (query) => this.#watched(() => raw.executeQuery(query)),
      streamQuery: (query, chunkSize) => raw.streamQuery(query, chunkSize),
    };
  }

  stateAfter(error: unknown): TransactionState {
    this.#noteIfFatal(error);
    return this.#broken ? 'ended' : 'failed';
  }

  /** The end of the savepoint takes the limit back by itself. */
  async restrict(readOnly: boolean): Promise<void> {
    if (readOnly) await this.connection.executeQuery(CompiledQuery.raw(READ_ONLY));
  }

  async commit(): Promise<CommitAnswer> {
    this.#ended = true;
    const { readOnly } = this.#options;
    let found: StockTrace | undefined;
    try {
      if (this.#broken) throw this.#failure;
      if (!readOnly) found = await this.#trace();
    } catch (error) {
      this.#noteIfFatal(error);
      await this.#giveBack(!this.#broken && (await this.#answers()));
      return { result: 'rolled-back', error }; // COMMIT was not sent
    }
    const empty = readOnly || found?.empty === true;
    const settlement = new Settlement({ ...this.#options, readOnly: empty });
    const own = { commit: (): Promise<CommitAnswer> => this.#commit(settlement.answerMs) };
    return settlement.commit(own, found?.trace);
  }

  async #trace(): Promise<StockTrace> {
    const { clock, deadline } = this.#options;
    const startedAt = clock.now();
    const asked = traceOf(askOn(this.#raw), this.#options);
    const found = await within(clock, deadline - startedAt, asked);
    if (found !== LATE && clock.now() < deadline) return found;
    this.#broken = found === LATE; // what it asked may still be answered
    const message = 'the time was up before COMMIT was written';
    throw new TimeoutError(Math.round(clock.now() - startedAt), { message });
  }

  async #commit(answerMs: number): Promise<CommitAnswer> {
    try {
      const answer = await this.#ask('commit', answerMs);
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
      await within(this.#options.clock, CANCEL_MS, cancelled).catch(() => {});
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
    const answer = await within(this.#options.clock, ms, this.#raw.executeQuery(CompiledQuery.raw(text)));
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
