import { DeadlineError } from '../errors/deadline-error.ts';
import { checkDuration, checkKnown, checkSignal, checkType } from '../options/check.ts';
import { checkClock } from '../options/check-clock.ts';
import type { Clock } from './clock.ts';
import { enclosingScope, endOf } from './deadline.ts';
import { runLimited } from './run-limited.ts';
import { systemClock } from './system-clock.ts';
import { timeIsUp } from './time-is-up.ts';
import { WorkScope } from './work-scope.ts';

/** Options of {@link withTimeout}. */
export interface TimeoutOptions {
  /** Milliseconds, above 0; `Infinity` for no limit of its own. 1 s and more may pass up to 25 ms late, never early. */
  readonly timeoutMs: number;
  /** Gives up early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** What it is about, for events. @defaultValue `'work'` */
  readonly name?: string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** What work under a timeout is given; `signal` is made when it is first read. */
export interface TimeoutContext {
  /** Aborted with the `TimeoutError` when time is up. */
  readonly signal: AbortSignal;
  /** The instant on the clock's scale. */
  readonly deadline: number;
}

/**
 * Runs work for at most `timeoutMs`. The promise settles when time is up, whether or not the work listens to its
 * `signal`; a late result changes nothing. A value that is there in time is never thrown away.
 *
 * @throws TypeError | RangeError (rejects, before the work is begun) if an option is wrong
 * @throws TimeoutError `TIMEOUT` (rejects) when time is up
 * @throws DeadlineError `DEADLINE` (rejects) when an enclosing `withDeadline` ends first
 * @example
 * ```ts
 * import { withTimeout } from '@resilient/core';
 *
 * const answer = await withTimeout(({ signal }) => fetch('http://127.0.0.1:3000/', { signal }), { timeoutMs: 2_000 });
 * ```
 */
export async function withTimeout<T>(
  work: (context: TimeoutContext) => T | PromiseLike<T>,
  options: TimeoutOptions,
): Promise<T> {
  checkType('work', work, 'function');
  checkKnown('withTimeout', options, ['timeoutMs', 'signal', 'name', 'clock']);
  const timeoutMs = checkDuration('timeoutMs', options.timeoutMs);
  if (options.signal !== undefined) checkSignal('signal', options.signal);
  const name = checkType('name', options.name ?? 'work', 'string');
  const clock = options.clock === undefined ? systemClock : checkClock('clock', options.clock);
  const now = clock.now();
  const outer = enclosingScope();
  const deadline = Math.min(now + timeoutMs, endOf(outer, clock));
  if (outer && deadline <= now) throw new DeadlineError(outer.timeoutMs, { outcome: 'not-sent' });
  return runLimited(new WorkScope(deadline, options.signal), work, {
    clock,
    ms: deadline - now,
    since: now,
    signal: options.signal,
    onTimeout: () => timeIsUp(name, timeoutMs, deadline < now + timeoutMs ? outer : undefined),
  });
}
