import { type Clock, exponentialBackoff, systemRandom, TimeoutError } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { Lease } from './lease.ts';
import { FOR_UNIT, type PostgresPool } from './pool.ts';
import type { ServerKnowledge } from './server-knowledge.ts';
import { LATE, within } from './within.ts';

/** Where and until when a unit's connection is looked for. */
export interface LeaseRequest {
  readonly pool: PostgresPool;
  readonly clock: Clock;
  readonly knowledge: ServerKnowledge;
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** For the list of holders. */
  readonly name?: string | undefined;
}

/** Within 5 s after it is back a server is used again. */
const backoff = exponentialBackoff({ initialMs: 100, maxMs: 2_000 });

/** There was no connection, so nothing was sent, and later there may be one. */
function isNotReachable(error: unknown, clock: Clock): boolean {
  if (error instanceof PoolError) return (error.code as string) === 'SERVER_DOWN';
  const verdict = classifyPostgres(error, clock.epochNow());
  return verdict?.transient === true && verdict.outcome !== 'rejected';
}

/** Lends a connection whose server is known. */
async function lend(request: LeaseRequest): Promise<Lease> {
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
      const died = lease.broken && !lease.fresh;
      lease.destroy();
      if (!died) throw error;
    }
  }
}

/**
 * Lends a connection for a unit of work. A server that cannot be reached is waited for until the deadline: `work` has
 * not begun, so a restart costs no attempt.
 *
 * @throws PoolError (rejects) if no connection was to be had; TimeoutError `TIMEOUT` if the server did not answer in time
 */
export async function leaseForUnit(request: LeaseRequest): Promise<Lease> {
  const { clock, deadline, signal } = request;
  let previousMs = 0;
  for (let retry = 1; ; retry += 1) {
    try {
      return await lend(request);
    } catch (error) {
      if (signal.aborted || !isNotReachable(error, clock)) throw error;
      previousMs = backoff({ retry, previousMs, kind: 'network', random: systemRandom });
      if (clock.now() + previousMs >= deadline) {
        throw new PoolError('POOL_EXHAUSTED', 'the database could not be reached in time', { cause: error });
      }
      await clock.sleep(previousMs, signal);
    }
  }
}
