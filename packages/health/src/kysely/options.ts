import { type Clock, checkKnown, checkNumber, refuse, systemClock } from '@resilient/core';
import { FLEET_EVERY_MS, FLEET_GONE_AFTER_MS, FLEET_TIMEOUT_MS } from '../defaults.ts';
import { keepAlive } from './keep-alive.ts';
import { checkTable } from './table.ts';

/** A pool that knows how many wait for a connection: `createDatabase` of `@resilient/db`, or node-postgres' `Pool`. */
export type WatchedPool =
  | { stats(): { readonly waiting: number } }
  | {
      /** Callers that wait for a connection. */
      readonly waitingCount: number;
    };

/** What {@link createFleetStore} takes. */
export interface FleetStoreOptions {
  /**
   * The pool behind the Kysely: while others wait for a connection of it, nothing is written or read here. A `Pool` of
   * node-postgres ends the process when a connection breaks that is in use; one that is given here does not.
   * @defaultValue none: the store takes its turn among the others
   */
  readonly pool?: WatchedPool;
  /** Name of the table: letters, digits, underscores. @defaultValue `'resilient_health'` */
  readonly table?: string;
  /** How often an instance writes, in milliseconds, at least 100. @defaultValue 5,000 */
  readonly everyMs?: number;
  /**
   * How long an instance may say nothing before it is shown as gone, in milliseconds; at least twice `everyMs`.
   * @defaultValue 30,000
   */
  readonly goneAfterMs?: number;
  /**
   * What one statement may take on the server before it is ended there, waiting for locks included, in milliseconds, at
   * least 100. The monitor itself waits 1 s, whatever stands here. @defaultValue 1,000
   */
  readonly timeoutMs?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** Checked, with defaults. */
export interface FleetStoreSettings {
  readonly table: string;
  readonly everyMs: number;
  readonly goneAfterMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** How many wait for a connection now. */
  readonly waiting: () => number;
}

function waitingOf(pool: WatchedPool | undefined): () => number {
  if (pool === undefined) return () => 0;
  const given: Partial<{ stats: () => { readonly waiting: number }; waitingCount: number }> | null = pool;
  if (typeof given?.stats === 'function') return () => given.stats?.().waiting ?? 0;
  if (typeof given?.waitingCount === 'number') {
    keepAlive(pool);
    return () => given.waitingCount ?? 0;
  }
  throw refuse('pool', 'a pool with `stats` or `waitingCount`', pool);
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option
 */
export function fleetStoreSettings(options: FleetStoreOptions): FleetStoreSettings {
  checkKnown('createFleetStore', options, ['pool', 'table', 'everyMs', 'goneAfterMs', 'timeoutMs', 'clock']);
  const everyMs = checkNumber('everyMs', options.everyMs ?? FLEET_EVERY_MS, { min: 100 });
  return {
    table: checkTable(options.table ?? 'resilient_health'),
    everyMs,
    goneAfterMs: checkNumber('goneAfterMs', options.goneAfterMs ?? FLEET_GONE_AFTER_MS, { min: 2 * everyMs }),
    timeoutMs: checkNumber('timeoutMs', options.timeoutMs ?? FLEET_TIMEOUT_MS, { min: 100, integer: true }),
    clock: options.clock ?? systemClock,
    waiting: waitingOf(options.pool),
  };
}
