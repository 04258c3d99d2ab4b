import pTimeout from 'p-timeout';
import type { Clock, TimerHandle } from './clock.ts';
import type { WorkScope } from './work-scope.ts';

/** The timers of a clock whose time has come: p-timeout has nothing left to wait for. */
const RUNG = {
  setTimeout: ((ring: () => void) => ring()) as unknown as typeof setTimeout,
  clearTimeout: () => {},
};

/**
 * The limits of one piece of work: whichever comes first, its own end, its time's or the caller's abort, settles the
 * promise, and a late result changes nothing. Whoever starts the work calls `end` when the promise has settled.
 *
 * p-timeout is entered when time is up, and not before: it rejects, cancels what can be cancelled, and hears what comes
 * too late. Around work that ends in time it would cost a third of a whole call.
 * @example
 * ```ts
 * import { Limit, systemClock, TimeoutError, WorkScope } from '@resilient/core';
 *
 * class HalfSecond extends Limit {
 *   protected override onTimeout(): TimeoutError {
 *     return new TimeoutError(500);
 *   }
 * }
 * const since = systemClock.now();
 * const limit = new HalfSecond(systemClock, 500, since);
 * try {
 *   console.log(await limit.start(new WorkScope(since + 500), async ({ signal }) => signal.aborted)); // false
 * } finally {
 *   limit.end();
 * }
 * ```
 */
export abstract class Limit {
  readonly clock: Clock;
  /** Milliseconds that the work has; `Infinity` for no limit. With 0 or less it is not begun. */
  readonly ms: number;
  /** The clock's time from which they count; the time at which the work was begun, if it is not known. */
  readonly since: number | undefined;
  /** The caller's: settles the promise at once with its reason. */
  readonly caller: AbortSignal | undefined;
  /** The error with which time's end has ended the work; `undefined` while it has not. */
  timeout: unknown;
  #timer: TimerHandle;
  #onAbort: (() => void) | undefined;

  constructor(clock: Clock, ms: number, since?: number, caller?: AbortSignal) {
    this.clock = clock;
    this.ms = ms;
    this.since = since;
    this.caller = caller;
  }

  /** Makes the error with which time's end rejects; it is also the reason of the scope's signal. */
  protected abstract onTimeout(): unknown;

  /** Begins the work; may throw, and answer a value at once. */
  start<S extends WorkScope, T>(scope: S, work: (scope: S) => T | PromiseLike<T>): T | PromiseLike<T> {
    const { clock, ms, since, caller } = this;
    if (caller?.aborted) throw caller.reason;
    if (ms <= 0) throw this.#timeUp();
    const given = work(scope);
    if (!isThenable(given)) return given;
    const result = given instanceof Promise ? given : adopt(given);
    if (ms === Number.POSITIVE_INFINITY && !caller) return result;
    return new Promise<T>((resolve, reject) => {
      result.then(resolve, reject); // themselves: behind a function of ours an error would lose its callers' frames
      this.#timer = clock.setTimer(() => resolve(this.#ended(result, scope)), ms, { since });
      if (caller) this.#follow(caller, result, reject);
    });
  }

  /** Takes timer and listener away: the promise has settled. */
  end(): void {
    this.clock.clearTimer(this.#timer);
    if (this.#onAbort) this.caller?.removeEventListener('abort', this.#onAbort);
  }

  #timeUp(): unknown {
    this.timeout = this.onTimeout();
    return this.timeout;
  }

  #ended<T>(result: PromiseLike<T>, scope: WorkScope): Promise<T> {
    return pTimeout(result as Promise<T>, {
      milliseconds: 1,
      customTimers: RUNG,
      fallback: () => {
        const error = this.#timeUp();
        scope.abort(error);
        throw error;
      },
    });
  }

  /**
   * Ends with the abort's reason, but one turn of the microtasks after it: a value that was there before the abort is
   * still on its way, and a payment that was made would look given up.
   */
  #follow(signal: AbortSignal, result: PromiseLike<unknown>, reject: (reason: unknown) => void): void {
    this.#onAbort = () =>
      queueMicrotask(() => {
        reject(signal.reason);
        cancel(result);
      });
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** A query of knex or mongoose runs anew each time `then` is called: it is called once, and at once. */
function adopt<T>(given: PromiseLike<T>): PromiseLike<T> {
  const promise = new Promise<T>((resolve, reject) => {
    given.then(resolve, reject);
  });
  return Object.assign(promise, { cancel: () => cancel(given) });
}

/** Stops a promise that can be stopped, as p-timeout does; it is nobody's concern whether that works. */
function cancel(result: PromiseLike<unknown>): void {
  try {
    (result as { cancel?: () => void }).cancel?.();
  } catch {
    // the caller's reason is what counts
  }
}
