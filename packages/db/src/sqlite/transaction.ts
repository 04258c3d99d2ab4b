import type { BeginRequest, CommitAnswer, OpenTransaction, TransactionState } from '../engine/engine.ts';
import { SqliteConnection } from './connection.ts';
import type { ReadConnections } from './read-connections.ts';
import type { Writer } from './writer.ts';

/** Opens the transaction of one unit; the levels of isolation are all one here, since units run one after the other. */
export async function beginUnit(
  writer: Writer,
  readers: ReadConnections | undefined,
  request: BeginRequest,
): Promise<OpenTransaction> {
  const { readOnly, deadline, signal } = request;
  const arrivedAt = writer.clock.now();
  const host = readOnly && readers ? await readers.lend({ deadline, signal }) : writer;
  if (host === writer) await writer.enter({ deadline, signal });
  const connection = new SqliteConnection(host);
  try {
    signal.throwIfAborted();
    await connection.begin({ readOnly, arrivedAt, deadline, signal });
  } catch (error) {
    connection.release();
    throw error;
  }
  return new SqliteUnit(connection, deadline);
}

class SqliteUnit implements OpenTransaction {
  readonly connection: SqliteConnection;
  readonly #deadline: number;

  constructor(connection: SqliteConnection, deadline: number) {
    this.connection = connection;
    this.#deadline = deadline;
  }

  stateAfter(): TransactionState {
    return this.connection.inTransaction ? 'open' : 'ended';
  }

  async commit(): Promise<CommitAnswer> {
    try {
      return await this.connection.commit(this.#deadline);
    } finally {
      this.connection.release();
    }
  }

  async rollback(): Promise<void> {
    this.connection.rollback();
    this.connection.release();
  }

  /** A running statement of SQLite cannot be stopped, nor is one running while this is. */
  abandon(): Promise<void> {
    return this.rollback();
  }
}
