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
  /** Milliseconds that the work has, above 0; `Infinity` for no limit. */
  readonly ms: number;
  /** Settles the promise at once with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error with which time's end rejects; it is also the reason of the scope's signal. */
  readonly onTimeout: () => unknown;
  /** `true` if the caller releases the scope, because its signal is still needed when the promise has settled. */
  readonly keepScope?: boolean;
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * Runs work under limits: whichever comes first, its own end, the limit or the caller's abort, settles the promise,
 * and a late result changes nothing. p-timeout keeps the time; it is given a lazy `fallback`, since its own error is
 * built, with a stack, for every call (14 µs against 0.8).
 */
export async function runLimited<S extends WorkScope, T>(
  scope: S,
  work: (scope: S) => T | PromiseLike<T>,
  limits: Limits,
): Promise<T> {
  const { clock, ms, signal, onTimeout } = limits;
  if (signal?.aborted) throw signal.reason;
  try {
    const result = work(scope);
    if (!isThenable(result) || (ms === Number.POSITIVE_INFINITY && !signal)) return await result;
    return await pTimeout(result as Promise<T>, {
      milliseconds: ms,
      customTimers: customTimers(clock),
      fallback: () => {
        const error = onTimeout();
        scope.abort(error);
        throw error;
      },
      ...(signal ? { signal } : undefined),
    });
  } finally {
    if (!limits.keepScope) scope.release();
  }
}
