import type { Clock } from '@resilient/core';
import type { BeginRequest, OpenTransaction } from '../engine/engine.ts';
import { beginText } from './begin.ts';
import type { PostgresPool } from './pool.ts';
import { ServerKnowledge } from './server-knowledge.ts';
import { leaseForUnit } from './unit-lease.ts';
import { UnitPlan } from './unit-plan.ts';
import { UnitTransaction } from './unit-transaction.ts';

/** Begins units of work on a pool. */
export class UnitBeginner {
  readonly #pool: PostgresPool;
  readonly #clock: Clock;
  readonly #knowledge: ServerKnowledge = new ServerKnowledge();

  constructor(pool: PostgresPool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Lends a connection; BEGIN goes with the first statement. */
  async begin(request: BeginRequest): Promise<OpenTransaction> {
    const { isolation, readOnly, deadline, signal } = request;
    const begin = beginText({
      ...(isolation ? { isolationLevel: isolation } : undefined),
      ...(readOnly ? { accessMode: 'read only' as const } : undefined),
    });
    const knowledge = this.#knowledge;
    const where = { pool: this.#pool, clock: this.#clock, knowledge, deadline, signal };
    const plan = new UnitPlan({ begin, readOnly, knowledge, deadline, settleMs: 10_000 });
    return new UnitTransaction(await leaseForUnit(where), where, plan);
  }
}
