import type { Engine } from '../engine/engine.ts';
import {
  type AbortableOperationOptions,
  CompiledQuery,
  type Driver,
  type TransactionSettings,
} from '../kysely.ts';
import { refuseOuterHandle } from '../unit/current-unit.ts';
import { SqliteConnection } from './connection.ts';
import type { Writer } from './writer.ts';

/** How long a statement or transaction of Kysely's own waits for its turn; `safeCommit` brings a limit of its own. */
const TURN_MS = 30_000;

/** What the driver drives. */
export interface DriverParts {
  readonly writer: Writer;
  /** Asked when a unit is looked for; it is made after its dialect. */
  readonly engine: () => Engine;
  readonly close: () => Promise<void>;
}

/** Single statements and Kysely's own transactions on the same queue and with the same rules as `safeCommit`. */
export class QueuedSqliteDriver implements Driver {
  readonly #parts: DriverParts;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  async init(): Promise<void> {
    // The database was opened by `createDatabase`.
  }

  async acquireConnection(options?: AbortableOperationOptions): Promise<SqliteConnection> {
    const { writer, engine } = this.#parts;
    refuseOuterHandle(engine());
    const signal = options?.signal;
    try {
      await writer.enter({ deadline: writer.clock.now() + TURN_MS, signal });
    } catch (error) {
      // Kysely has told its caller already, and would print a second rejection to the console.
      if (signal?.aborted) return new Promise(() => {});
      throw error;
    }
    return new SqliteConnection(writer);
  }

  async beginTransaction(connection: SqliteConnection, settings: TransactionSettings): Promise<void> {
    const arrivedAt = this.#parts.writer.clock.now();
    await connection.begin({ readOnly: settings.accessMode === 'read only', arrivedAt });
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    if (connection.busy) {
      throw new Error(
        'a statement of the transaction was still running at its end, and nothing was committed: is an `await` missing?',
      );
    }
    const answer = await connection.commit();
    if (answer.result !== 'committed') throw answer.error;
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.rollback();
  }

  async savepoint(connection: SqliteConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`));
  }

  async rollbackToSavepoint(connection: SqliteConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`));
  }

  async releaseSavepoint(connection: SqliteConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`));
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#parts.close();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
