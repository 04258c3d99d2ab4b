/** A handle of {@link Clock.setTimer}, to be given back to {@link Clock.clearTimer}. */
export type TimerHandle = unknown;

/**
 * Time as an input: everything in @resilient that measures, waits or expires does so through a clock, so that
 * a test can run an hour in a millisecond.
 *
 * @example
 * ```ts
 * import { systemClock } from '@resilient/core';
 *
 * const startedAt = systemClock.now();
 * await systemClock.sleep(5);
 * console.log(systemClock.now() - startedAt >= 5); // true
 * ```
 */
export interface Clock {
  /** Monotonic milliseconds, for every interval and deadline. */
  now(): number;
  /** Wall time in milliseconds since 1970, for dates that are shown or compared with other machines. */
  epochNow(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. Keeps the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `callback` once, after `ms`. A background timer (`background: true`) does not keep the process alive:
   * it is for state that only the library watches. `Infinity` never fires.
   */
  setTimer(callback: () => void, ms: number, options?: TimerOptions): TimerHandle;
  /** Stops a timer; unknown, fired and `undefined` handles are ignored. */
  clearTimer(handle: TimerHandle): void;
}

/** How a timer of {@link Clock.setTimer} behaves. */
export interface TimerOptions {
  /**
   * `true` for a timer that must not keep the process alive.
   * @defaultValue `false`
   */
  readonly background?: boolean;
  /**
   * The clock's time from which `ms` counts, for whoever has just read it: reading it again is a tenth of what a call
   * costs. A clock may ignore it.
   * @defaultValue now
   */
  readonly since?: number | undefined;
}
