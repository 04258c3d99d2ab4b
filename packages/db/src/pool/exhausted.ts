import type { DatabaseStats } from '../engine/opened.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { Holders } from './holders.ts';

/**
 * How a caller came to have no connection: its time ran out in the line (`late`) or while one was being opened
 * (`unopened`), the server was `down` all the time, or too many wait (`full`).
 */
export type Exhaustion = 'late' | 'full' | 'unopened' | 'down';

/** What the error tells of the pool. */
export interface ExhaustedFacts {
  readonly name: string;
  readonly waitedMs: number;
  readonly stats: Pick<DatabaseStats, 'inUse' | 'waiting' | 'limit'>;
  readonly holders: ReturnType<Holders['list']>;
  /** Why the server is down, if it is. */
  readonly downReason: string | undefined;
  /** The error that said so. */
  readonly cause: unknown;
}

/** How many holders a message names. */
const NAMED = 5;

/** The `POOL_EXHAUSTED` of a caller, in words, with those who hold the connections. */
export function exhaustedError(how: Exhaustion, facts: ExhaustedFacts): PoolError {
  const { name, stats, holders, downReason, cause } = facts;
  const ms = Math.round(facts.waitedMs);
  const told = {
    late: `was free within ${ms} ms`,
    full: 'is free, and no more callers may wait',
    unopened: `could be opened within ${ms} ms`,
    down: `could be opened within ${ms} ms: ${downReason}`,
  }[how];
  const named = holders.slice(0, NAMED).map((one) => `${one.name} for ${one.ageMs} ms`);
  const more = holders.length > NAMED ? ` and ${holders.length - NAMED} more` : '';
  const by = named.length > 0 ? `; held by ${named.join(', ')}${more}` : '';
  return new PoolError(
    'POOL_EXHAUSTED',
    `no connection to "${name}" ${told}: ${stats.inUse} of ${stats.limit} in use, ${stats.waiting} more waiting${by}`,
    { holders, ...(cause === undefined ? undefined : { cause }) },
  );
}
