import { type Clock, TimeoutError } from '@resilient/core';
import type { TransactionSettings } from '../kysely.ts';
import type { Lease } from './lease.ts';
import type { PostgresPool } from './pool.ts';
import { LATE, within } from './within.ts';

/** The statement that opens a transaction; what it is made of has been checked. */
export function beginText(settings: TransactionSettings): string {
  const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : '';
  return `begin${isolation}${settings.accessMode ? ` ${settings.accessMode}` : ''}`;
}

/** What a transaction is to be opened with. */
export interface BeginOptions {
  readonly pool: PostgresPool;
  readonly clock: Clock;
  readonly settings: TransactionSettings;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/**
 * Lends a connection on which a transaction has begun. One that proves dead, because the server went away while it was
 * idle, is closed, and the next one tried: nothing of the caller's has been sent yet.
 *
 * @throws PoolError (rejects) if no connection was to be had; TimeoutError `TIMEOUT` if the server did not answer in time
 */
export async function beginOn(options: BeginOptions): Promise<Lease> {
  const { pool, clock, deadline, signal } = options;
  const startedAt = clock.now();
  for (;;) {
    const lease = await pool.acquire(deadline, signal);
    try {
      const begun = lease.query(beginText(options.settings));
      if ((await within(clock, deadline - clock.now(), begun, signal)) !== LATE) return lease;
      throw new TimeoutError(Math.round(clock.now() - startedAt), {
        message: 'the database did not answer BEGIN in time',
      });
    } catch (error) {
      const died = lease.broken && !lease.fresh;
      lease.release();
      if (!died) throw error;
    }
  }
}
