import { AsyncLocalStorage } from 'node:async_hooks';
import { DeadlineError } from '../errors/deadline-error.ts';
import { isResilientError } from '../errors/resilient-error.ts';
import { checkDuration, checkKnown, checkSignal, checkType } from '../options/check.ts';
import { checkClock } from '../options/check-clock.ts';
import { processWide } from '../options/process-wide.ts';
import type { Clock } from './clock.ts';
import { runLimited } from './run-limited.ts';
import { systemClock } from './system-clock.ts';
import { WorkScope } from './work-scope.ts';

/** The scope that a piece of code runs in. */
export interface DeadlineScope {
  readonly clock: Clock;
  /** On the scale of `clock`. */
  readonly deadline: number;
  readonly timeoutMs: number;
}

/** Of all installed copies: a retry of one is bound by the deadline of another. */
const scopes = processWide('deadline/1', () => new AsyncLocalStorage<DeadlineScope | undefined>());

/** A timer of Node's counts from the whole millisecond before. */
const EARLY_MS = 1;

/** Options of {@link withDeadline}. */
export interface DeadlineOptions {
  /** Gives up early, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** What work inside a deadline is given. */
export interface DeadlineContext {
  /** Aborted with a `DeadlineError` when time is up. */
  readonly signal: AbortSignal;
  /** The instant on the clock's scale. */
  readonly deadline: number;
}

/**
 * The scope that the caller runs in, to be looked up once and kept: a timer's callback runs in none.
 * @example
 * ```ts
 * import { enclosingScope, endOf, systemClock } from '@resilient/core';
 *
 * const endsAt: number = endOf(enclosingScope(), systemClock); // Infinity outside of any
 * ```
 */
export function enclosingScope(): DeadlineScope | undefined {
  return scopes.getStore();
}

/**
 * Where a scope ends on `clock`'s scale; `Infinity` where there is none.
 * @example
 * ```ts
 * import { enclosingScope, endOf, systemClock } from '@resilient/core';
 *
 * const leftMs = endOf(enclosingScope(), systemClock) - systemClock.now();
 * ```
 */
export function endOf(scope: DeadlineScope | undefined, clock: Clock): number {
  if (!scope) return Number.POSITIVE_INFINITY;
  return scope.clock === clock ? scope.deadline : clock.now() + scope.deadline - scope.clock.now();
}

/**
 * The instant at which the enclosing `withDeadline` scope ends, on its clock's scale; `undefined` outside of any.
 *
 * @example
 * ```ts
 * import { currentDeadline, systemClock } from '@resilient/core';
 *
 * const leftMs = (currentDeadline() ?? Number.POSITIVE_INFINITY) - systemClock.now();
 * ```
 */
export function currentDeadline(): number | undefined {
  return scopes.getStore()?.deadline;
}

/**
 * Runs work within `ms` milliseconds: every `retry`, `withTimeout`, `safeCommit` and `resilientApiCall` inside is bound
 * by the earlier of its own limit and this one, and the promise rejects when time is up, whether or not the work
 * listens. A scope inside a scope can only shorten it.
 *
 * @param ms - above 0, in milliseconds; `Infinity` opens a scope without a limit of its own
 * @throws TypeError | RangeError (rejects, before the work is begun) if an option is wrong
 * @throws DeadlineError `DEADLINE` (rejects) when time is up; its `cause` is what the work then failed with, if it did
 * @example
 * ```ts
 * import { withDeadline } from '@resilient/core';
 *
 * const page = await withDeadline(5_000, async ({ signal }) => (await fetch('http://127.0.0.1:3000/', { signal })).text());
 * ```
 */
export async function withDeadline<T>(
  ms: number,
  work: (context: DeadlineContext) => T | PromiseLike<T>,
  options: DeadlineOptions = {},
): Promise<T> {
  checkDuration('ms', ms);
  checkType('work', work, 'function');
  checkKnown('withDeadline', options, ['signal', 'clock']);
  if (options.signal !== undefined) checkSignal('signal', options.signal);
  const clock = options.clock === undefined ? systemClock : checkClock('clock', options.clock);
  const now = clock.now();
  const outer = enclosingScope();
  const deadline = Math.min(now + ms, endOf(outer, clock));
  const timeoutMs = outer && deadline < now + ms ? outer.timeoutMs : ms;
  if (deadline <= now) throw new DeadlineError(timeoutMs, { outcome: 'not-sent' });
  const scope = new WorkScope(deadline, options.signal);
  try {
    return await runLimited(scope, (context) => scopes.run({ clock, deadline, timeoutMs }, work, context), {
      clock,
      ms: deadline - now,
      since: now,
      signal: options.signal,
      onTimeout: () => new DeadlineError(timeoutMs),
    });
  } catch (error) {
    // what is bound by the scope fails at the same instant, and Node's timers may be 1 ms early: it is the same failure
    const isOver = clock.now() > deadline - EARLY_MS && !options.signal?.aborted;
    throw isOver && !isResilientError(error, 'DEADLINE')
      ? new DeadlineError(timeoutMs, { cause: error })
      : error;
  }
}

/**
 * Runs work outside of any deadline. What is born inside a scope and lives longer, such as a pool, a batcher or an
 * interval, must be started this way: it would carry the scope's deadline for ever.
 *
 * @example
 * ```ts
 * import { withoutDeadline } from '@resilient/core';
 *
 * withoutDeadline(() => setInterval(() => console.log('tick'), 60_000).unref());
 * ```
 */
export function withoutDeadline<T>(work: () => T): T {
  return scopes.run(undefined, work);
}
