import { type Clock, exponentialBackoff, type Logger } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import { PoolError } from '../engine/pool-error.ts';
import { explainVerdict } from '../unit/explain.ts';
import type { PostgresPool } from './pool.ts';
import { LATE, within } from './within.ts';

/** What the wait for a server needs to know. */
export interface StartupOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

const backoff = exponentialBackoff({ initialMs: 100, maxMs: 2_000, jitter: 'none' });

/** Host and database of a URL, without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the PostgreSQL server';
  const { hostname, port, pathname } = new URL(url);
  return `the database "${decodeURIComponent(pathname.slice(1))}" at ${hostname || 'the local socket'}:${port || '5432'}`;
}

/** Waits until a server answers: containers start in any order. What is refused for good ends the wait at once. */
export async function waitForServer(pool: PostgresPool, options: StartupOptions): Promise<void> {
  const { clock, timeoutMs, logger } = options;
  const place = placeOf(options.url);
  const deadline = clock.now() + timeoutMs;
  let previousMs = 0;
  for (let retry = 1; ; retry += 1) {
    try {
      const lease = await pool.acquire(deadline, undefined);
      const answer = await within(clock, deadline - clock.now(), lease.query('select 1'));
      if (answer === LATE) lease.destroy();
      else lease.release();
      if (answer !== LATE) return;
      throw new PoolError('POOL_EXHAUSTED', 'it did not answer');
    } catch (error) {
      const verdict = classifyPostgres(error, clock.epochNow());
      const reason = verdict ? explainVerdict(verdict) : 'it did not answer';
      if (verdict && !verdict.transient)
        throw new Error(`${place} refuses the connection: ${reason}`, { cause: error });
      previousMs = backoff({ retry, previousMs, kind: 'network', random: () => 0 });
      if (clock.now() + previousMs >= deadline) {
        throw new Error(`${place} could not be reached within ${timeoutMs} ms: ${reason}`, { cause: error });
      }
      if (retry === 1) logger.info({ place, reason }, 'waiting for PostgreSQL to answer');
      await clock.sleep(previousMs);
    }
  }
}
