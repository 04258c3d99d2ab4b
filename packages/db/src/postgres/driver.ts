import type { Clock } from '@resilient/core';
import type { Engine } from '../engine/engine.ts';
import { CompiledQuery, type DatabaseConnection, type Driver, type TransactionSettings } from '../kysely.ts';
import { refuseOuterHandle } from '../unit/current-unit.ts';
import { beginText } from './begin.ts';
import { FOR_STATEMENT, type PostgresPool } from './pool.ts';
import { PooledConnection } from './pooled-connection.ts';

/** What the driver stands on. */
export interface PostgresDriverOptions {
  readonly pool: PostgresPool;
  readonly clock: Clock;
  /** The engine whose units refuse the use of this driver inside of them. */
  readonly engine: () => Engine;
}

/** Single statements, `transaction()` and `startTransaction()` of a Kysely: the same pool, gate and rules as a unit. */
export class PostgresDriver implements Driver {
  readonly #options: PostgresDriverOptions;

  constructor(options: PostgresDriverOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const { pool, clock, engine } = this.#options;
    refuseOuterHandle(engine());
    const deadline = clock.now() + pool.acquireTimeoutMs;
    return new PooledConnection(await pool.acquire(deadline, undefined, FOR_STATEMENT), clock);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const { localSettings } = this.#options.pool;
    const text = beginText(settings);
    await (connection as PooledConnection).begin(localSettings ? `${text}; ${localSettings}` : text);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PooledConnection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PooledConnection).rollback();
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quote(name)}`));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint ${quote(name)}`));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint ${quote(name)}`));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as PooledConnection).release();
  }

  /** The pool is closed by `OpenedEngine.close`, which knows how long to wait. */
  async destroy(): Promise<void> {
    await this.#options.pool.close(0);
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
