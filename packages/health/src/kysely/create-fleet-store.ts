import { refuse } from '@resilient/core';
import type { FleetStore } from '../fleet/fleet-store.ts';
import { decideAlert } from './decide-alert.ts';
import { FleetTable } from './fleet-table.ts';
import type { Kysely } from './kysely.ts';
import { type FleetStoreOptions, fleetStoreSettings } from './options.ts';
import { readHours } from './read-hours.ts';
import { readInstances } from './read-instances.ts';
import type { FleetDatabase } from './table.ts';
import { removeOld } from './upkeep.ts';
import { writeInstance } from './write-instance.ts';

/** Writes between two clearances: an hour of them at one every 5 s. */
const WRITES_PER_UPKEEP = 720;
/** What is kept of the hours. */
const HOURS_KEPT_MS = 30 * 86_400_000;
/** What a report of many hours may take. */
const REPORT_MS = 10_000;

/**
 * Makes the store that the instances of a service share, on a table of your PostgreSQL. The table is made on first use
 * (or by hand from {@link fleetStoreSql}). Give it to `createHealthMonitor` as `fleet`: each instance then writes one
 * small row every 5 s, on at most one connection, within 1 s, and not while others wait for one (`pool`); alerts are
 * decided here, so that ten replicas are one notice; and hours are kept for 30 days.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { createFleetStore } from '@resilient/health/kysely';
 * import type { Kysely } from 'kysely';
 *
 * declare const db: { kysely: Kysely<unknown>; stats(): { waiting: number } };
 * const monitor = createHealthMonitor({ name: 'school', fleet: createFleetStore(db.kysely, { pool: db }) });
 * console.log((await monitor.getFleetSummary()).live); // 3
 * ```
 */
export function createFleetStore<DB>(kysely: Kysely<DB>, options: FleetStoreOptions = {}): FleetStore {
  const given: Partial<Kysely<DB>> | null | undefined = kysely;
  if (typeof given?.getExecutor !== 'function') throw refuse('kysely', 'an instance of Kysely', kysely);
  // SQLite and MySQL have no transactions around DDL, and SQL Server has no `returning`.
  const { supportsTransactionalDdl, supportsReturning } = given.getExecutor().adapter;
  if (!supportsTransactionalDdl || !supportsReturning) {
    throw new TypeError('expected `kysely` to be on PostgreSQL');
  }
  const settings = fleetStoreSettings(options);
  const { everyMs, goneAfterMs, clock } = settings;
  const table = new FleetTable(kysely as unknown as FleetDatabase, settings);
  return {
    everyMs,
    goneAfterMs,
    async write(write, { signal }) {
      if (table.isCrowded) return false;
      await table.transact((trx) => writeInstance(trx, settings.table, write), signal);
      if (write.seq % WRITES_PER_UPKEEP === 1 && !table.isCrowded) {
        table
          .transact((trx) => removeOld(trx, settings.table, write, goneAfterMs), signal)
          .catch(() => undefined); // what is left is removed next time
      }
      return true;
    },
    async instances(service, { signal }) {
      if (table.isCrowded) return undefined;
      return table.transact((trx) => readInstances(trx, settings.table, service), signal);
    },
    hours(service, range = {}) {
      const to = range.to ?? new Date(clock.epochNow());
      const from = range.from ?? new Date(clock.epochNow() - HOURS_KEPT_MS);
      const signal = new AbortController().signal;
      return table.transact(
        (trx) => readHours(trx, settings.table, service, { from, to }),
        signal,
        Math.max(REPORT_MS, settings.timeoutMs),
      );
    },
    decide: (dedupKey, decide, { signal }) =>
      table.transact((trx) => decideAlert(trx, settings.table, dedupKey, decide), signal),
  };
}
