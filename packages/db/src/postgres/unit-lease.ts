import { type Clock, TimeoutError } from '@resilient/core';
import { LATE, within } from '../time/within.ts';
import type { Lease } from './lease.ts';
import { FOR_UNIT, type PostgresPool } from './pool.ts';
import type { ServerKnowledge } from './server-knowledge.ts';

/** Where and until when a unit's connection is looked for. */
export interface LeaseRequest {
  readonly pool: PostgresPool;
  readonly clock: Clock;
  readonly knowledge: ServerKnowledge;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** For the list of holders. */
  readonly name?: string | undefined;
}

/**
 * Lends a connection for a unit of work, one whose server is known. A server that cannot be reached is waited for by the
 * pool until the deadline: `work` has not begun, so a restart costs no attempt.
 *
 * @throws PoolError (rejects) if no connection was to be had; TimeoutError `TIMEOUT` if the server did not answer in time
 */
export async function leaseForUnit(request: LeaseRequest): Promise<Lease> {
  const { pool, clock, knowledge, deadline, signal, name = FOR_UNIT.name } = request;
  const use = { ...FOR_UNIT, name };
  const startedAt = clock.now();
  for (;;) {
    const lease = await pool.acquire(deadline, signal, use);
    if (knowledge.knows(lease)) return lease;
    try {
      if ((await within(clock, deadline - clock.now(), knowledge.learn(lease), signal)) !== LATE)
        return lease;
      throw new TimeoutError(Math.round(clock.now() - startedAt), {
        message: 'the database did not answer in time',
      });
    } catch (error) {
      const { broken, fresh } = lease;
      lease.destroy();
      if (!broken) throw error;
      if (fresh) pool.suspect(error); // it has just been opened: the server lets nobody stay
    }
  }
}
