import { type Clock, sharedLogger, systemClock, TimeoutError, type Verdict } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type { BeginRequest, Engine, OpenTransaction } from '../engine/engine.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { Kysely } from '../kysely.ts';
import { ServerKnowledge } from '../postgres/server-knowledge.ts';
import { endsConnection } from '../postgres/sql-state.ts';
import { WitnessTable } from '../postgres/witness-table.ts';
import { type Session, Settler } from '../settle/settler.ts';
import { LATE, within } from '../time/within.ts';
import { beginControlled } from './begin-controlled.ts';
import type { Executor } from './stock-parts.ts';
import { StockPostgresTransaction } from './stock-postgres-transaction.ts';
import { openStockSession } from './stock-session.ts';

/** The time was up before COMMIT was written. */
const LATE_FOR_COMMIT: Verdict = { transient: false, kind: 'timeout', outcome: 'rejected' };

/**
 * A Kysely with a PostgresDialect of the application's own. What became of a COMMIT without an answer is asked through
 * its pool: one whose connections are all taken cannot be asked.
 */
export class StockPostgresEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock = systemClock;
  readonly #kysely: Kysely<never>;
  readonly #open: () => Promise<Session>;
  readonly #knowledge: ServerKnowledge = new ServerKnowledge();
  readonly #settler: Settler;
  readonly #witnesses: WitnessTable;
  #learning: Promise<void> | undefined;

  constructor(kysely: Kysely<never>, provide: Executor['provideConnection']) {
    const { clock } = this;
    this.#kysely = kysely;
    const open = (): Promise<Session> => openStockSession(provide);
    this.#open = open;
    this.#settler = new Settler({ clock, open, abilities: () => this.#knowledge.abilities });
    this.#witnesses = new WitnessTable({ clock, logger: sharedLogger(), open });
  }

  verdictOf(error: unknown): Verdict | undefined {
    return error instanceof TimeoutError ? LATE_FOR_COMMIT : classifyPostgres(error, this.clock.epochNow());
  }

  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const { clock } = this;
    const { witness, readOnly, settleMs, deadline, callerSignal: signal } = request;
    if (!this.#knowledge.known && !readOnly) await this.#learn(deadline, signal);
    if (witness && !readOnly) this.#witnesses.keep();
    const control = await beginControlled(this.#kysely, clock, request);
    const connection = await control.getExecutor().provideConnection(async (lent) => lent);
    await connection.collectSessionInfo?.();
    const [knowledge, settler] = [this.#knowledge, this.#settler];
    const how = { clock, knowledge, settler, settleMs, readOnly, witness, deadline };
    return new StockPostgresTransaction(control, connection, how);
  }

  /** Looks at the server once, for all who begin meanwhile. */
  async #learn(deadline: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this;
    this.#learning ??= this.#look().finally(() => {
      this.#learning = undefined;
    });
    if ((await within(clock, deadline - clock.now(), this.#learning, signal)) !== LATE) return;
    throw new PoolError(
      'POOL_EXHAUSTED',
      "Kysely's pool lent no connection, or the server did not answer, in time",
    );
  }

  async #look(): Promise<void> {
    const session = await this.#open();
    try {
      await this.#knowledge.learnFrom(session.ask, endsConnection);
    } finally {
      session.end();
    }
  }
}
