import { refuse } from '@resilient/core';
import { CHECK_TIMEOUT_MS } from '../defaults.ts';
import type { CheckResult } from './check-result.ts';
import { type CheckOptions, defineCheck, type HealthCheck } from './define-check.ts';

/** What is needed of a database: `createDatabase` of `@resilient/db` has it. */
export interface CheckableDatabase {
  check(options?: { readonly timeoutMs?: number }): Promise<CheckResult>;
}

/** What can be said of {@link databaseCheck}. */
export type DatabaseCheckOptions = Partial<Omit<CheckOptions, 'run'>>;

/**
 * A check of a database, named `database`. Give `shared: true` for one that all replicas share.
 *
 * @throws TypeError if `db` has no `check`; else as {@link defineCheck}
 * @example
 * ```ts
 * import { createHealthMonitor, databaseCheck } from '@resilient/health';
 *
 * declare const db: { check(): Promise<{ status: 'ok' | 'degraded' | 'down' }> };
 * const monitor = createHealthMonitor({ checks: [databaseCheck(db)] });
 * ```
 */
export function databaseCheck(db: CheckableDatabase, options: DatabaseCheckOptions = {}): HealthCheck {
  if (typeof (db as CheckableDatabase | null)?.check !== 'function') {
    throw refuse('db', 'a database with a function `check`', db);
  }
  const timeoutMs = options.timeoutMs ?? CHECK_TIMEOUT_MS;
  return defineCheck({
    name: 'database',
    ...options,
    timeoutMs,
    run: () => db.check({ timeoutMs }),
  });
}
