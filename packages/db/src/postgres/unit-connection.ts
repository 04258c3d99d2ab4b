import type { CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import type { PostgresConnection } from './connection.ts';

/** What a unit's connection needs of its transaction. */
export interface UnitBeginning {
  /** Where statements run once BEGIN has been answered; `undefined` before. */
  readonly begun: PostgresConnection | undefined;
  /** Begins with a statement. */
  lead<R>(query: CompiledQuery): Promise<QueryResult<R>>;
  /** Begins without one. */
  beginAlone(): Promise<PostgresConnection>;
}

/** The connection of a unit: its first statement takes BEGIN along. */
export class UnitConnection implements DatabaseConnection {
  readonly #beginning: UnitBeginning;

  constructor(beginning: UnitBeginning) {
    this.#beginning = beginning;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { begun } = this.#beginning;
    return begun ? begun.executeQuery<R>(query) : this.#beginning.lead<R>(query);
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const connection = this.#beginning.begun ?? (await this.#beginning.beginAlone());
    yield* connection.streamQuery<R>(query, chunkSize);
  }
}
