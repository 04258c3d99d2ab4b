import type { Clock } from './clock.ts';
import { Limit } from './limit.ts';
import type { WorkScope } from './work-scope.ts';

/** The bounds of one piece of work. */
export interface Limits {
  readonly clock: Clock;
  /** Milliseconds that the work has; `Infinity` for no limit. With 0 or less it is not begun. */
  readonly ms: number;
  /** The clock's time from which `ms` counts. @defaultValue the time at which the work was begun */
  readonly since?: number;
  /** Settles the promise at once with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error with which time's end rejects; it is also the reason of the scope's signal. */
  readonly onTimeout: () => unknown;
  /** `true` if the caller releases the scope, because its signal is still needed when the promise has settled. */
  readonly keepScope?: boolean;
}

class GivenLimit extends Limit {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    super(limits.clock, limits.ms, limits.since, limits.signal);
    this.#limits = limits;
  }

  protected override onTimeout(): unknown {
    return this.#limits.onTimeout();
  }
}

/**
 * Runs work under limits: whichever comes first, its own end, the limit or the caller's abort, settles the promise,
 * and a late result changes nothing.
 * @example
 * ```ts
 * import { runLimited, systemClock, TimeoutError, WorkScope } from '@resilient/core';
 *
 * const scope = new WorkScope(systemClock.now() + 500);
 * const limits = { clock: systemClock, ms: 500, onTimeout: () => new TimeoutError(500) };
 * console.log(await runLimited(scope, async ({ signal }) => signal.aborted, limits)); // false
 * ```
 */
export async function runLimited<S extends WorkScope, T>(
  scope: S,
  work: (scope: S) => T | PromiseLike<T>,
  limits: Limits,
): Promise<T> {
  const limit = new GivenLimit(limits);
  try {
    return await limit.start(scope, work);
  } finally {
    limit.end();
    if (!limits.keepScope) scope.release();
  }
}
