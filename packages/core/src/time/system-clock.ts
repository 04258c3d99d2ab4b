import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock, TimerHandle, TimerOptions } from './clock.ts';
import { SharedTimer, SharedTimers } from './shared-timers.ts';
import { sleepOn } from './sleep.ts';

/** From here on timers are shared: 25 ms of lateness are a fortieth at the most. */
const SHARED_FROM_MS = 1_000;

/** The context in which this module was loaded: shared timers must not carry one caller's context to another's. */
const outside = AsyncLocalStorage.snapshot();

const shared = new SharedTimers({
  now: () => performance.now(),
  arm: (callback, ms) => outside(() => setTimeout(callback, Math.ceil(ms))),
});

function setTimer(callback: () => void, ms: number, options?: TimerOptions): TimerHandle {
  if (ms === Number.POSITIVE_INFINITY) return undefined;
  const background = options?.background === true;
  if (ms >= SHARED_FROM_MS) return shared.set(callback, ms, background, options?.since);
  const timer = setTimeout(callback, Math.ceil(ms));
  if (background) timer.unref();
  return timer;
}

function clearTimer(handle: TimerHandle): void {
  if (handle instanceof SharedTimer) shared.clear(handle);
  else if (typeof handle === 'object') clearTimeout(handle as NodeJS.Timeout); // a faked timer of a test too
}

/**
 * The real time: monotonic from `performance.now()`, timers from Node. Timers of 1 s and more share one timer of
 * Node's and fire up to 25 ms late, never early; an interval longer than 2^31 ms does not fire early either.
 * @example
 * ```ts
 * import { systemClock } from '@resilient/core';
 *
 * const timer = systemClock.setTimer(() => console.log('an hour later'), 3_600_000, { background: true });
 * systemClock.clearTimer(timer);
 * ```
 */
export const systemClock: Clock = Object.freeze({
  now: (): number => performance.now(),
  epochNow: (): number => Date.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> => sleepOn(systemClock, ms, signal),
  setTimer,
  clearTimer,
});
