import type { Clock } from '@resilient/core';
import type { CommitAnswer, OpenTransaction, TransactionState } from '../engine/engine.ts';
import { LATE, within } from '../time/within.ts';
import { cancelRunning } from './cancel.ts';
import { PostgresConnection } from './connection.ts';
import { UnsafeIntegerError } from './integers.ts';
import type { Lease } from './lease.ts';
import { sqlStateOf } from './sql-state.ts';

/** How long a COMMIT that was sent may stay unanswered unless told otherwise, and how long a ROLLBACK. */
const COMMIT_ANSWER_MS = 10_000;
const ROLLBACK_ANSWER_MS = 5_000;

/**
 * Errors of COMMIT that leave open whether it happened, although the connection answers: statement_completion_unknown,
 * transaction_resolution_unknown, and CockroachDB's, which says that it did.
 */
const OPEN: ReadonlySet<string> = new Set(['40003', '08007', 'XXA00']);

/** Lets a part of a transaction, from a savepoint to its end, read only. */
export const READ_ONLY: string = 'set transaction read only';

/** A COMMIT that the server answered with ROLLBACK, because an error before it had been swallowed. */
class CommitRefusedError extends Error {
  constructor() {
    super('the server answered COMMIT with ROLLBACK');
    this.name = 'CommitRefusedError';
  }
}

/** One transaction on one lease, which is given back, or closed, when it ends. */
export class PostgresTransaction implements OpenTransaction {
  readonly connection: PostgresConnection;
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #answerMs: number;
  #ended = false;

  /** `answerMs`: how long a COMMIT that was sent may stay unanswered. */
  constructor(lease: Lease, clock: Clock, answerMs: number = COMMIT_ANSWER_MS) {
    this.connection = new PostgresConnection(lease, true);
    this.#lease = lease;
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  stateAfter(error: unknown): TransactionState {
    if (this.#lease.broken) return 'ended';
    return error instanceof UnsafeIntegerError ? 'open' : 'failed';
  }

  /** The end of the savepoint takes the limit back by itself. */
  async restrict(readOnly: boolean): Promise<void> {
    if (readOnly) await this.#lease.query(READ_ONLY);
  }

  async commit(): Promise<CommitAnswer> {
    const lease = this.#lease;
    this.#ended = true;
    if (lease.broken) {
      lease.destroy();
      return { result: 'rolled-back', error: lease.failure }; // nothing was sent
    }
    try {
      const answer = await within(this.#clock, this.#answerMs, lease.query('commit'));
      if (answer === LATE) throw new Error('the connection has been closed: COMMIT was not answered in time');
      lease.release();
      if (answer.command === 'COMMIT') return { result: 'committed' };
      return { result: 'rolled-back', error: new CommitRefusedError() };
    } catch (error) {
      // an error is a rollback for certain only if the same connection then answers: a server that is going down may
      // have committed
      const state = sqlStateOf(error);
      if (state !== undefined && !OPEN.has(state) && (await this.#answers())) {
        lease.release();
        return { result: 'rolled-back', error };
      }
      lease.destroy();
      return { result: 'unknown', error };
    }
  }

  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#lease.broken && (await this.#answers())) this.#lease.release();
    else this.#lease.destroy();
  }

  async abandon(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { client, busy } = this.#lease;
    if (busy) await cancelRunning(client, this.#clock);
    this.#lease.destroy();
  }

  async #answers(): Promise<boolean> {
    try {
      return (await within(this.#clock, ROLLBACK_ANSWER_MS, this.#lease.query('rollback'))) !== LATE;
    } catch {
      return false;
    }
  }
}
