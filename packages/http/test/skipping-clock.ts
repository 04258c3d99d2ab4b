import { type Clock, systemClock } from '@resilient/core';

/** A clock that writes waits down instead of waiting; limits of time run in real time, beside a real server. */
export interface SkippingClock extends Clock {
  /** Milliseconds of each wait, in order. */
  readonly waits: readonly number[];
}

/** Makes a clock for tests with a real server: waits take no time, and all else does. */
export function createSkippingClock(): SkippingClock {
  const waits: number[] = [];
  let skippedMs = 0;
  return {
    waits,
    now: () => systemClock.now() + skippedMs,
    epochNow: () => systemClock.epochNow() + skippedMs,
    setTimer: systemClock.setTimer,
    clearTimer: systemClock.clearTimer,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(Math.round(ms * 1e6) / 1e6); // differences of a real clock
      skippedMs += ms;
      await systemClock.sleep(0, signal);
    },
  };
}
