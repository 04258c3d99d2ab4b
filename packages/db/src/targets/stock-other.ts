import { type Clock, systemClock, TimeoutError, type Verdict } from '@resilient/core';
import type {
  BeginRequest,
  CommitAnswer,
  Engine,
  OpenTransaction,
  TransactionState,
} from '../engine/engine.ts';
import type { ControlledTransaction, DatabaseConnection, Kysely } from '../kysely.ts';
import { tailError } from '../postgres/unit-plan.ts';
import { NO_ABILITIES } from '../settle/server.ts';
import { Settler } from '../settle/settler.ts';
import { beginControlled } from './begin-controlled.ts';
import { askPlainWitness, writePlainWitness } from './plain-witness.ts';
import type { Executor } from './stock-parts.ts';
import { askOn, openStockSession } from './stock-session.ts';

/** The time was up before COMMIT was written. */
const LATE_FOR_COMMIT: Verdict = { transient: false, kind: 'timeout', outcome: 'rejected' };

/**
 * A Kysely with a dialect of which nothing is known: its errors mean what the caller's `classify` says, and a COMMIT that
 * fails may have happened, unless a witness tells.
 */
export class StockOtherEngine implements Engine {
  /** Nobody asks for it here, but an engine has one. */
  readonly kind = 'postgres' as const;
  readonly clock: Clock = systemClock;
  readonly #kysely: Kysely<never>;
  readonly #settler: Settler;

  constructor(kysely: Kysely<never>, provide: Executor['provideConnection']) {
    this.#kysely = kysely;
    this.#settler = new Settler({
      clock: this.clock,
      open: () => openStockSession(provide),
      abilities: () => NO_ABILITIES,
      askWitness: askPlainWitness,
    });
  }

  verdictOf(error: unknown): Verdict | undefined {
    return error instanceof TimeoutError ? LATE_FOR_COMMIT : undefined;
  }

  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const control = await beginControlled(this.#kysely, this.clock, request);
    const connection = await control.getExecutor().provideConnection(async (lent) => lent);
    return new StockOtherTransaction(control, connection, {
      ...request,
      clock: this.clock,
      settler: this.#settler,
    });
  }
}

interface OtherOptions extends Pick<BeginRequest, 'witness' | 'readOnly' | 'deadline' | 'settleMs'> {
  readonly clock: Clock;
  readonly settler: Settler;
}

class StockOtherTransaction implements OpenTransaction {
  readonly connection: DatabaseConnection;
  readonly #control: ControlledTransaction<never>;
  readonly #options: OtherOptions;
  #ended = false;

  constructor(control: ControlledTransaction<never>, connection: DatabaseConnection, options: OtherOptions) {
    this.#control = control;
    this.connection = connection;
    this.#options = options;
  }

  /** Some engines go on after an error, others answer COMMIT with a rollback: only a savepoint makes sure. */
  stateAfter(): TransactionState {
    return 'failed';
  }

  async commit(): Promise<CommitAnswer> {
    this.#ended = true;
    let witness: string | undefined;
    try {
      witness = await this.#leaveWitness();
    } catch (error) {
      await this.#rollBack();
      return { result: 'rolled-back', error: tailError(error) }; // COMMIT was not sent
    }
    try {
      await this.#control.commit().execute();
      return { result: 'committed' };
    } catch (error) {
      if (this.#control.isRolledBack) return { result: 'rolled-back', error };
      await this.#rollBack();
      return this.#settle(error, witness);
    }
  }

  async #leaveWitness(): Promise<string | undefined> {
    const { witness, readOnly, clock, deadline } = this.#options;
    if (!witness || readOnly) return undefined;
    const startedAt = clock.now();
    const id = await writePlainWitness(askOn(this.connection));
    if (clock.now() < deadline) return id;
    throw new TimeoutError(Math.round(clock.now() - startedAt), {
      message: 'the time was up before COMMIT was written',
    });
  }

  async #settle(error: unknown, witness: string | undefined): Promise<CommitAnswer> {
    const { clock, settler, settleMs } = this.#options;
    const nothing = { xid: undefined, pid: undefined, fingerprint: undefined, server: undefined };
    const question = { ...nothing, witness, begunAt: clock.epochNow() };
    const settled = await settler.settle(question, clock.now() + settleMs);
    if (settled === 'committed') return { result: 'committed' };
    return { result: settled, error };
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
