import type { Engine } from '../engine/engine.ts';
import { CompiledQuery, type Driver, type TransactionSettings } from '../kysely.ts';
import { refuseOuterHandle } from '../unit/current-unit.ts';
import { QueuedConnection } from './queued-connection.ts';
import type { ReadConnections } from './read-connections.ts';
import type { Writer } from './writer.ts';

/** What the driver drives. */
export interface DriverParts {
  readonly writer: Writer;
  /** None where there is one connection for everything. */
  readonly readers: ReadConnections | undefined;
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

  async acquireConnection(): Promise<QueuedConnection> {
    const { writer, readers, engine } = this.#parts;
    refuseOuterHandle(engine());
    return new QueuedConnection(writer, readers);
  }

  async beginTransaction(connection: QueuedConnection, settings: TransactionSettings): Promise<void> {
    const arrivedAt = this.#parts.writer.clock.now();
    const readOnly = settings.accessMode === 'read only';
    const taken = await connection.take({ readOnly });
    taken.name = 'transaction';
    await taken.begin({ readOnly, arrivedAt });
  }

  async commitTransaction(connection: QueuedConnection): Promise<void> {
    if (connection.busy) {
      throw new Error(
        'a statement of the transaction was still running at its end, and nothing was committed: is an `await` missing?',
      );
    }
    const answer = await (await connection.take()).commit();
    connection.endReading();
    if (answer.result !== 'committed') throw answer.error;
  }

  async rollbackTransaction(connection: QueuedConnection): Promise<void> {
    (await connection.take()).rollback();
    connection.endReading();
  }

  async savepoint(connection: QueuedConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`));
  }

  async rollbackToSavepoint(connection: QueuedConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`));
  }

  async releaseSavepoint(connection: QueuedConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`));
  }

  async releaseConnection(connection: QueuedConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#parts.close();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
