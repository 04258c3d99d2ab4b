import type { Clock } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type { DatabaseCheck } from '../engine/opened.ts';
import { PoolError } from '../engine/pool-error.ts';
import { LATE, within } from '../time/within.ts';
import { explainVerdict } from '../unit/explain.ts';
import type { Lease } from './lease.ts';
import { FOR_CHECK, type PostgresPool } from './pool.ts';

/** Of the time for a check, the share that may be spent on waiting for a connection. */
const WAITING_SHARE = 0.5;

/**
 * Asks the server for its version. A full pool is `degraded`, not `down`, and said at once: a check takes no connection
 * from those who wait. Never rejects.
 */
export async function checkPool(pool: PostgresPool, clock: Clock, timeoutMs: number): Promise<DatabaseCheck> {
  const startedAt = clock.now();
  const answer = (facts: Pick<DatabaseCheck, 'status' | 'version' | 'reason'>): DatabaseCheck => ({
    ...facts,
    latencyMs: clock.now() - startedAt,
    kind: 'postgres',
    pool: pool.stats,
  });
  if (pool.full) {
    const { inUse, limit, waiting } = pool.stats;
    const reason = `every connection is taken: ${inUse} of ${limit} in use, ${waiting} callers waiting`;
    return answer({ status: 'degraded', reason });
  }
  let lease: Lease | undefined;
  try {
    lease = await pool.acquire(startedAt + timeoutMs * WAITING_SHARE, undefined, FOR_CHECK);
    const left = startedAt + timeoutMs - clock.now();
    const result = await within(clock, left, lease.query('show server_version'));
    if (result === LATE)
      return answer({ status: 'down', reason: `it did not answer within ${timeoutMs} ms` });
    const [row] = result.rows as { server_version: string }[];
    lease.release();
    return answer({ status: 'ok', version: String(row?.server_version).split(' ')[0] ?? '' });
  } catch (error) {
    if (error instanceof PoolError && error.code !== 'CLOSED') {
      const full = pool.full && error.code === 'POOL_EXHAUSTED';
      return answer({ status: full ? 'degraded' : 'down', reason: pool.downReason ?? error.message });
    }
    const verdict = classifyPostgres(error, clock.epochNow());
    const closed = error instanceof PoolError ? 'it is closed' : 'it did not answer';
    return answer({ status: 'down', reason: verdict ? explainVerdict(verdict) : closed });
  } finally {
    lease?.destroy();
  }
}
