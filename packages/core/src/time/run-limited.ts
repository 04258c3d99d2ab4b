import pTimeout from 'p-timeout';
import type { Clock } from './clock.ts';
import type { WorkScope } from './work-scope.ts';

type CustomTimers = NonNullable<Parameters<typeof pTimeout>[1]['customTimers']>;

const timersOf = new WeakMap<Clock, CustomTimers>();

/** A clock in the form in which p-timeout takes its timers. */
function customTimers(clock: Clock): CustomTimers {
  let timers = timersOf.get(clock);
  if (!timers) {
    timers = {
      setTimeout: ((callback: () => void, ms: number) => clock.setTimer(callback, ms)) as typeof setTimeout,
      clearTimeout: ((handle: unknown) => clock.clearTimer(handle)) as typeof clearTimeout,
    };
    timersOf.set(clock, timers);
  }
  return timers;
}

/** The bounds of one piece of work. */
export interface Limits {
  readonly clock: Clock;
  /** Milliseconds that the work has; `Infinity` for no limit. With 0 or less it is not begun. */
  readonly ms: number;
  /** Settles the promise at once with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error with which time's end rejects; it is also the reason of the scope's signal. */
  readonly onTimeout: () => unknown;
  /** `true` if the caller releases the scope, because its signal is still needed when the promise has settled. */
  readonly keepScope?: boolean;
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/**
 * Runs work under limits: whichever comes first, its own end, the limit or the caller's abort, settles the promise,
 * and a late result changes nothing. p-timeout keeps the time; it is given a lazy `fallback`, since its own error is
 * built, with a stack, for every call (14 µs against 0.8).
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
  try {
    return await startLimited(scope, work, limits);
  } finally {
    if (!limits.keepScope) scope.release();
  }
}

/**
 * The same without a promise of its own, for the hot path: it may throw and answer a value at once, and the caller
 * releases the scope.
 * @example
 * ```ts
 * import { startLimited, systemClock, TimeoutError, WorkScope } from '@resilient/core';
 *
 * const scope = new WorkScope(systemClock.now() + 500);
 * const limits = { clock: systemClock, ms: 500, onTimeout: () => new TimeoutError(500) };
 * console.log(startLimited(scope, () => 'at once', limits)); // at once
 * ```
 */
export function startLimited<S extends WorkScope, T>(
  scope: S,
  work: (scope: S) => T | PromiseLike<T>,
  limits: Limits,
): T | PromiseLike<T> {
  const { signal } = limits;
  if (signal?.aborted) throw signal.reason;
  if (limits.ms <= 0) throw limits.onTimeout(); // p-timeout would call it a mistake, after the work has begun
  const given = work(scope);
  if (!isThenable(given)) return given;
  const result = given instanceof Promise ? given : adopt(given);
  const limited = inTime(result, scope, limits);
  return signal ? unlessAborted(result, limited, signal) : limited;
}

/** A query of knex or mongoose runs anew each time `then` is called: it is called once, and at once. */
function adopt<T>(given: PromiseLike<T>): PromiseLike<T> {
  const promise = new Promise<T>((resolve, reject) => {
    given.then(resolve, reject);
  });
  return Object.assign(promise, { cancel: () => cancel(given) });
}

function inTime<T>(result: PromiseLike<T>, scope: WorkScope, limits: Limits): PromiseLike<T> {
  if (limits.ms === Number.POSITIVE_INFINITY) return result;
  return pTimeout(result as Promise<T>, {
    milliseconds: limits.ms,
    customTimers: customTimers(limits.clock),
    fallback: () => {
      const error = limits.onTimeout();
      scope.abort(error);
      throw error;
    },
  });
}

/**
 * Ends with the abort's reason, but one turn of the microtasks after it: p-timeout's own `signal` rejects while a value
 * that was there before the abort is still on its way, and a payment that was made would look given up.
 */
function unlessAborted<T>(result: PromiseLike<T>, limited: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      queueMicrotask(() => {
        reject(signal.reason);
        (limited as { clear?: () => void }).clear?.();
        cancel(result);
      });
    };
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    // the listener goes before anybody hears of the end
    result.then((value) => {
      settle();
      resolve(value);
    }, fail);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    limited.then(undefined, fail);
  });
}

/** Stops a promise that can be stopped, as p-timeout does; it is nobody's concern whether that works. */
function cancel(result: PromiseLike<unknown>): void {
  try {
    (result as { cancel?: () => void }).cancel?.();
  } catch {
    // the caller's reason is what counts
  }
}
