import type { Clock } from '@resilient/core';
import type { CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import { Gate } from '../unit/gate.ts';
import { PostgresConnection } from './connection.ts';
import type { Lease } from './lease.ts';
import { PostgresTransaction } from './transaction.ts';

/** A connection lent to Kysely itself, and the transaction that Kysely runs on it, if it runs one. */
export class PooledConnection implements DatabaseConnection {
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #single: PostgresConnection;
  #transaction: PostgresTransaction | undefined;
  #gate: Gate | undefined;

  constructor(lease: Lease, clock: Clock) {
    this.#lease = lease;
    this.#clock = clock;
    this.#single = new PostgresConnection(lease, false);
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return (this.#gate ?? this.#single).executeQuery(query);
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return (this.#gate ?? this.#single).streamQuery(query, chunkSize);
  }

  async begin(text: string): Promise<void> {
    this.#lease.nameHolder('transaction');
    await this.#lease.query(text);
    this.#transaction = new PostgresTransaction(this.#lease, this.#clock);
    this.#gate = new Gate(this.#transaction);
  }

  /** Kysely rolls back what this throws for. */
  async commit(): Promise<void> {
    const [gate, transaction] = this.#both();
    const left = gate.close({ pending: 'silence' });
    if (left.names.length > 0) throw left.error();
    const answer = await transaction.commit();
    if (answer.result === 'committed') return;
    if (answer.result === 'rolled-back') throw answer.error;
    throw new Error(
      'the connection was lost while COMMIT was under way: whether it was committed is unknown',
      {
        cause: answer.error,
      },
    );
  }

  async rollback(): Promise<void> {
    const [gate, transaction] = this.#both();
    gate.close({ pending: 'reject' });
    if (this.#lease.busy) await transaction.abandon();
    else await transaction.rollback();
  }

  release(): void {
    this.#gate?.close({ pending: 'reject' });
    this.#lease.release();
  }

  #both(): [Gate, PostgresTransaction] {
    if (!this.#gate || !this.#transaction)
      throw new Error('no transaction has been begun on this connection');
    return [this.#gate, this.#transaction];
  }
}
