import { type Clock, systemClock } from '@resilient/core';
import type {
  BeginRequest,
  CommitAnswer,
  Engine,
  OpenTransaction,
  TransactionState,
} from '../engine/engine.ts';
import type { ControlledTransaction, DatabaseConnection, Kysely } from '../kysely.ts';
import { beginControlled } from './begin-controlled.ts';

/**
 * A Kysely with a dialect of which nothing is known: its errors mean what the caller's `classify` says, and a COMMIT that
 * fails may have happened.
 */
export class StockOtherEngine implements Engine {
  /** Nobody asks for it here, but an engine has one. */
  readonly kind = 'postgres' as const;
  readonly clock: Clock = systemClock;
  readonly #kysely: Kysely<never>;

  constructor(kysely: Kysely<never>) {
    this.#kysely = kysely;
  }

  verdictOf(): undefined {
    return undefined;
  }

  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const control = await beginControlled(this.#kysely, this.clock, request);
    const connection = await control.getExecutor().provideConnection(async (lent) => lent);
    return new StockOtherTransaction(control, connection);
  }
}

class StockOtherTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #control: ControlledTransaction<never>;
  #ended = false;

  constructor(control: ControlledTransaction<never>, connection: DatabaseConnection) {
    this.#control = control;
    this.connection = connection;
  }

  /** Some engines go on after an error, others answer COMMIT with a rollback: only a savepoint makes sure. */
  stateAfter(): TransactionState {
    return 'failed';
  }

  async commit(): Promise<CommitAnswer> {
    this.#ended = true;
    try {
      await this.#control.commit().execute();
      return { result: 'committed' };
    } catch (error) {
      if (this.#control.isRolledBack) return { result: 'rolled-back', error };
      await this.#rollBack();
      return { result: 'unknown', error };
    }
  }

  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#rollBack();
  }

  /** The statement that is running cannot be stopped; the connection goes back when it has ended. */
  async abandon(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    void this.#rollBack();
  }

  async #rollBack(): Promise<void> {
    await this.#control
      .rollback()
      .execute()
      .catch(() => {});
  }
}
