import type { Clock } from '@resilient/core';

/** A moment on both of a clock's scales. */
export interface Instant {
  /** Monotonic. */
  readonly now: number;
  /** Wall time. */
  readonly epoch: number;
}

/** The present moment. */
export function instantOf(clock: Clock): Instant {
  return { now: clock.now(), epoch: clock.epochNow() };
}

/**
 * Milliseconds since a moment: the larger of monotonic and wall time, since the former stands still while a machine or a
 * function is suspended.
 */
export function ageOf(clock: Clock, instant: Instant): number {
  return Math.max(clock.now() - instant.now, clock.epochNow() - instant.epoch);
}
