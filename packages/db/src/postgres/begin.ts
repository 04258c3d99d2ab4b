import type { TransactionSettings } from '../kysely.ts';
import type { Lease } from './lease.ts';
import type { PostgresPool } from './pool.ts';

/** The statement that opens a transaction; what it is made of has been checked. */
export function beginText(settings: TransactionSettings): string {
  const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : '';
  return `begin${isolation}${settings.accessMode ? ` ${settings.accessMode}` : ''}`;
}

/**
 * Lends a connection on which a transaction has begun. One that proves dead, because the server went away while it was
 * idle, is closed, and the next one tried: nothing of the caller's has been sent yet.
 */
export async function beginOn(
  pool: PostgresPool,
  settings: TransactionSettings,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  for (;;) {
    const lease = await pool.acquire(deadline, signal);
    try {
      await lease.query(beginText(settings));
      return lease;
    } catch (error) {
      const died = lease.broken && !lease.fresh;
      lease.release();
      if (!died) throw error;
    }
  }
}
