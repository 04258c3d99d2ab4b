import type { Clock, Logger } from '@resilient/core';
import type { BeginRequest, OpenTransaction } from '../engine/engine.ts';
import { type Session, Settler } from '../settle/settler.ts';
import { beginText } from './begin.ts';
import { NamedStatements } from './named-statements.ts';
import type { PostgresPool } from './pool.ts';
import { ServerKnowledge } from './server-knowledge.ts';
import { Settlement } from './settlement.ts';
import { leaseForUnit } from './unit-lease.ts';
import { UnitPlan } from './unit-plan.ts';
import { UnitTransaction } from './unit-transaction.ts';
import { WitnessTable } from './witness-table.ts';

/** What units of work are begun with. */
export interface UnitBeginnerOptions {
  readonly pool: PostgresPool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Opens a connection beside the pool. */
  readonly open: () => Promise<Session>;
}

/** Begins units of work on a pool. */
export class UnitBeginner {
  readonly #pool: PostgresPool;
  readonly #clock: Clock;
  readonly #knowledge: ServerKnowledge = new ServerKnowledge();
  readonly #statements: NamedStatements = new NamedStatements();
  readonly #settler: Settler;
  /** Where units leave the rows by which their COMMIT can be settled. */
  readonly witnesses: WitnessTable;

  constructor({ pool, clock, logger, open }: UnitBeginnerOptions) {
    this.#pool = pool;
    this.#clock = clock;
    this.witnesses = new WitnessTable({ clock, logger, open });
    this.#settler = new Settler({ clock, open, abilities: () => this.#knowledge.abilities });
  }

  /** Resolves when every COMMIT that got no answer is settled. */
  settled(): Promise<void> {
    return this.#settler.idle();
  }

  /** Lends a connection; BEGIN goes with the first statement. */
  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const { readOnly, deadline, callerSignal: signal, settleMs, witness, name } = request;
    if (witness) this.witnesses.keep();
    const pool = this.#pool;
    const clock = this.#clock;
    const knowledge = this.#knowledge;
    const lease = await leaseForUnit({ pool, clock, knowledge, deadline, signal, name });
    const plan = new UnitPlan({
      ...{ begin: beginTextFor(request), readOnly, witness, deadline, settleMs, clock, knowledge },
      statements: this.#statements,
      localSettings: pool.localSettings,
    });
    const settlement = new Settlement({ clock, knowledge, settler: this.#settler, settleMs, readOnly });
    const where = { pool, clock, knowledge, deadline, signal, name };
    return new UnitTransaction(lease, { request: where, signal: () => request.signal }, plan, settlement);
  }
}

function beginTextFor({ isolation, readOnly }: BeginRequest): string {
  return beginText({
    ...(isolation ? { isolationLevel: isolation } : undefined),
    ...(readOnly ? { accessMode: 'read only' as const } : undefined),
  });
}
