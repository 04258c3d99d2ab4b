import { refuse } from '@resilient/core';
import { WRITER_QUEUE_LIMIT } from '../defaults.ts';
import type { Reading } from '../status/reading.ts';
import { type CheckOptions, defineCheck, type HealthCheck } from './define-check.ts';
import { withGauge } from './gauge.ts';

/** How busy connections are; `stats()` of a database of `@resilient/db` answers it. */
export interface PoolFigures {
  /** Connections lent. */
  readonly inUse: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  /** Most connections there may be. */
  readonly limit: number;
}

/** What is needed of a pool: `createDatabase` of `@resilient/db` has it. No connection is taken to read it. */
export interface CheckablePool {
  stats(): PoolFigures;
  /** `sqlite` has one writer, before which callers queue: there it is the queue that is measured. */
  readonly kind?: string;
}

/** What can be said of {@link poolCheck}. */
export interface PoolCheckOptions extends Partial<Omit<CheckOptions, 'run'>> {
  /** Callers before the writer of a SQLite database that are its limit, at least 1. @defaultValue `1_000` */
  readonly queueLimit?: number;
}

function readPool({ inUse, waiting, limit }: PoolFigures): Reading {
  const share = limit > 0 ? inUse / limit : 0;
  if (waiting === 0) return { value: share, said: `${inUse} of ${limit} database connections are in use` };
  return {
    value: Math.max(1, share),
    said: `${inUse} of ${limit} database connections are in use and ${waiting} callers wait`,
  };
}

const readQueue = ({ waiting }: PoolFigures, queueLimit: number): Reading => ({
  value: waiting / queueLimit,
  said: `${waiting} callers wait for the database's writer, of at most ${queueLimit}`,
});

/**
 * A check of a pool's load, named `pool`: above 8 of 15 connections the application is degraded, above 14 or while
 * callers wait critical (`thresholds.database`); of a SQLite database the queue before its writer is measured. It reads
 * statistics and takes no connection. Not required, and in no probe, since a full pool is no reason to send requests
 * to the others.
 *
 * @throws TypeError if `pool` has no `stats`; else as {@link defineCheck}
 * @example
 * ```ts
 * import { createHealthMonitor, poolCheck } from '@resilient/health';
 *
 * declare const db: { stats(): { inUse: number; waiting: number; limit: number } };
 * const monitor = createHealthMonitor({ checks: [poolCheck(db)] });
 * ```
 */
export function poolCheck(pool: CheckablePool, options: PoolCheckOptions = {}): HealthCheck {
  if (typeof (pool as CheckablePool | null)?.stats !== 'function') {
    throw refuse('pool', 'a pool with a function `stats`', pool);
  }
  const { queueLimit = WRITER_QUEUE_LIMIT, ...rest } = options;
  if (!Number.isInteger(queueLimit) || queueLimit < 1)
    throw refuse('queueLimit', 'an integer of at least 1', queueLimit);
  const check = defineCheck({
    name: 'pool',
    required: false,
    probes: [],
    ...rest,
    run: () => ({ status: 'ok', details: { ...pool.stats() } }),
  });
  return withGauge(check, {
    metric: 'database',
    read: () => (pool.kind === 'sqlite' ? readQueue(pool.stats(), queueLimit) : readPool(pool.stats())),
  });
}
