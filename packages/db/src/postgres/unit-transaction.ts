import type { CommitAnswer, OpenTransaction, TransactionState } from '../engine/engine.ts';
import type { CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import { cancelRunning } from './cancel.ts';
import { EndedTransactionError, type PostgresConnection, resultOf } from './connection.ts';
import { UnsafeIntegerError } from './integers.ts';
import {
  type FirstTrip,
  type SentText,
  sendFirstTrip,
  type TripStage,
  type TripUnderWay,
} from './leading-query.ts';
import { isSeveralStatements, mayTravelWithBegin } from './leads.ts';
import type { Lease } from './lease.ts';
import type { PgClient, PgResult } from './pg.ts';
import type { Settlement } from './settlement.ts';
import { sqlStateOf } from './sql-state.ts';
import { PostgresTransaction } from './transaction.ts';
import { UnitConnection } from './unit-connection.ts';
import { type LeaseRequest, leaseForUnit } from './unit-lease.ts';
import { tailError, type UnitPlan } from './unit-plan.ts';

/** Tells whether BEGIN itself was refused because the connection has been told to forget what it had prepared. */
function hasForgotten(error: unknown, stage: TripStage): boolean {
  return stage === 'begin' && sqlStateOf(error) === '26000';
}

/** A statement of nothing, for a BEGIN that goes alone. */
const NOTHING: SentText = { text: '', values: [] };

/**
 * The transaction of a unit of work. It has a connection from the start, and begins on it with the unit's first
 * statement, in one trip; if the connection proves dead then, the trip goes on another one. A unit without a statement
 * sends nothing.
 */
export class UnitTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #request: LeaseRequest;
  readonly #signal: () => AbortSignal;
  readonly #plan: UnitPlan;
  readonly #settlement: Settlement;
  #lease: Lease;
  #transaction: PostgresTransaction | undefined;
  /** The answer to BEGIN's trip was an error of BEGIN itself: there is no transaction that could go on. */
  #refused = false;
  #ended = false;

  /** `signal` is asked for when a connection proves dead while `work` runs. */
  constructor(
    lease: Lease,
    { request, signal }: { readonly request: LeaseRequest; readonly signal: () => AbortSignal },
    plan: UnitPlan,
    settlement: Settlement,
  ) {
    this.connection = new UnitConnection(this);
    this.#lease = lease;
    this.#request = request;
    this.#signal = signal;
    this.#plan = plan;
    this.#settlement = settlement;
  }

  /** Where statements run once BEGIN has been answered. */
  get begun(): PostgresConnection | undefined {
    return this.#transaction?.connection;
  }

  async lead<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = { text: query.sql, values: query.parameters };
    if (!mayTravelWithBegin(statement.text)) return (await this.beginAlone()).executeQuery<R>(query);
    try {
      return resultOf<R>(await this.#begin(statement));
    } catch (error) {
      if (statement.values.length > 0 || !isSeveralStatements(error) || !(await this.#startAgain()))
        throw error;
      return (await this.beginAlone()).executeQuery<R>(query);
    }
  }

  async beginAlone(): Promise<PostgresConnection> {
    await this.#begin(NOTHING);
    return (this.#transaction as PostgresTransaction).connection;
  }

  stateAfter(error: unknown): TransactionState {
    if (this.#refused || this.#lease.broken) return 'ended';
    if (this.#transaction) return this.#transaction.stateAfter(error);
    return 'ended';
  }

  async restrict(readOnly: boolean): Promise<void> {
    await this.#transaction?.restrict(readOnly); // a savepoint has been sent, and BEGIN with it
  }

  async commit(): Promise<CommitAnswer> {
    this.#ended = true;
    if (this.#transaction) return this.#settlement.commit(this.#transaction, this.#plan.trace);
    this.#lease.release();
    return { result: 'committed' };
  }

  async rollback(): Promise<void> {
    this.#ended = true;
    if (this.#transaction) await this.#transaction.rollback();
    else this.#lease.release();
  }

  async abandon(): Promise<void> {
    this.#ended = true;
    if (this.#transaction) return this.#transaction.abandon();
    const { client, busy } = this.#lease;
    if (busy) await cancelRunning(client, this.#request.clock);
    this.#lease.destroy();
  }

  /** Sends the first trip, on another connection if this one proves dead: nothing can have been committed. */
  async #begin(statement: SentText): Promise<PgResult> {
    for (;;) {
      const lease = this.#lease;
      const { client } = lease;
      const trip = this.#tripWith(client, statement);
      let sent: TripUnderWay | undefined;
      try {
        const send = (): Promise<PgResult> => {
          sent = sendFirstTrip(client, trip);
          return sent.result;
        };
        const result = await lease.perform(send, statement.text || undefined);
        this.#plan.sent(client, trip, 'done');
        this.#hasBegun(lease, sent);
        if (client.getTransactionStatus() === 'I') {
          lease.breakWith(new EndedTransactionError());
          throw lease.failure;
        }
        return result;
      } catch (error) {
        const stage = sent?.query.stage ?? 'begin';
        this.#plan.sent(client, trip, stage);
        if (error instanceof UnsafeIntegerError) {
          this.#hasBegun(lease, sent);
          throw error;
        }
        const died = lease.broken && !lease.fresh && !sent?.query.unsendable;
        if (this.#ended || !(died || hasForgotten(error, stage))) {
          this.#failedAt(lease, sent);
          throw stage === 'tail' ? tailError(error) : error;
        }
        lease.destroy();
        await this.#moveOn();
      }
    }
  }

  #tripWith(client: PgClient, statement: SentText): FirstTrip {
    return { begin: this.#plan.begin(client), statement, tail: this.#plan.tail(client) };
  }

  #hasBegun(lease: Lease, sent: TripUnderWay | undefined): void {
    this.#plan.learned(lease.client, sent?.query.fields ?? []);
    this.#transaction = new PostgresTransaction(lease, this.#request.clock, this.#settlement.answerMs);
  }

  #failedAt(lease: Lease, sent: TripUnderWay | undefined): void {
    if (!sent || sent.query.stage === 'begin') this.#refused = true;
    else this.#transaction = new PostgresTransaction(lease, this.#request.clock); // never committed
  }

  async #moveOn(): Promise<void> {
    const lease = await leaseForUnit({ ...this.#request, signal: this.#signal() });
    if (this.#ended) {
      lease.release();
      throw new Error('the unit of work has ended');
    }
    this.#lease = lease;
  }

  /** Rolls back on the same connection, so that another BEGIN can be sent. */
  async #startAgain(): Promise<boolean> {
    if (this.#ended || this.#lease.broken) return false;
    await this.#lease.query('rollback');
    this.#transaction = undefined;
    return true;
  }
}
