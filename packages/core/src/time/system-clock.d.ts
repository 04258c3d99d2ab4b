import type { Clock } from './clock.ts';
/**
 * The real time: monotonic from `performance.now()`, timers from Node. Timers of 1 s and more share one timer of
 * Node's and fire up to 25 ms late, never early; an interval longer than 2^31 ms does not fire early either.
 */
export declare const systemClock: Clock;
